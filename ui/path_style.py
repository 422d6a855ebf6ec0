"""How the place "My path" looks: its parts, the tree, the card, the map; no data."""

from ui import next_style
from ui.report_style import MASTERY_CSS, NARROW_MASTERY_CSS, PLOT_CSS

# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = (
    MASTERY_CSS
    + PLOT_CSS
    + NARROW_MASTERY_CSS
    + """
#path { flex: 1 1 0; min-height: 0; overflow-y: auto !important; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper); }
#path .html-container { padding: 0; }
#path-page { padding: 16px 24px 24px; color: var(--ink); font-size: 14px; line-height: 20px; }
#path-page [hidden] { display: none; }
#path-page h2 { margin: 0; font-size: 18px; line-height: 28px; font-weight: 650;
  color: var(--ink); outline: none; }
#path-page h3 { margin: 16px 0 4px; font-size: 14px; line-height: 20px; font-weight: 650;
  color: var(--ink); }
#path-page p { margin: 0; overflow-wrap: anywhere; }
#path-page a { color: var(--accent); font-weight: 600; text-decoration: none;
  overflow-wrap: anywhere; }
#path-page a:hover { text-decoration: underline; }
#path-page ul { margin: 0; padding: 0; list-style: none; }
#path-page code { padding: 1px 4px; border-radius: 4px; font-size: 13px; color: var(--ink);
  background: var(--paper-2); border: 1px solid var(--line); overflow-wrap: anywhere; }
#path-page pre code { padding: 0; border: 0; background: none; overflow-wrap: normal; }
#path-page button { min-height: 36px; padding: 0 12px; border: 1px solid var(--line);
  border-radius: 8px; font: inherit; font-weight: 600; color: var(--ink);
  background: var(--paper-2); cursor: pointer; }
#path-page button:hover { border-color: var(--accent); color: var(--accent); }
#path-page button:disabled { opacity: .6; cursor: default; }
#path-page button.first { border-color: var(--accent); color: var(--paper);
  background: var(--accent); }
#path-page button.first:hover { color: var(--paper); text-decoration: underline; }
#path-page summary { display: inline-block; padding: 8px 0; color: var(--accent);
  cursor: pointer; }
#path-page summary::before { content: "▸" / ""; flex: 0 0 16px; display: inline-block; width: 16px;
  color: var(--ink-2); font-weight: 400; }
#path-page details[open] > summary::before { content: "▾" / ""; }
#path-page summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;
  border-radius: 4px; }
#path-page .hint { color: var(--ink-2); font-size: 13px; }
#path-page .meta { color: var(--ink-2); font-size: 13px; }
#path-page .block { display: block; }
#path-page .empty { color: var(--ink-2); }
#path-page .now { display: inline-block; padding: 0 8px; border-radius: 10px; font-size: 13px;
  line-height: 20px; font-weight: 600; color: var(--accent); background: var(--soft); }
#path-page .do { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-top: 8px; }
#path-told:not(:empty) { margin-bottom: 12px; font-weight: 500; }
#path-page .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
#path-page .problem { color: var(--warn); }

/* Tree, card and plan side by side; the tree stays in sight. */
#path-page .study { display: grid; gap: 0 32px; align-items: start;
  grid-template-columns: minmax(0, 272px) minmax(0, 1fr) minmax(0, 336px); }
#path-tree { position: sticky; top: 0; max-height: calc(100dvh - 112px); overflow-y: auto;
  padding-bottom: 8px; }
#path-side { position: relative; min-width: 0; }
#next-page { padding-left: 32px; border-left: 1px solid var(--line); }

/* The tree. */
#path-tree .month { border-bottom: 1px solid var(--line); }
#path-tree summary { display: flex; padding: 8px 4px 8px 0; color: var(--ink);
  font-weight: 650; overflow-wrap: anywhere; }
#path-tree .count { display: block; color: var(--ink-2); font-size: 13px; font-weight: 400; }
#path-tree h3 { margin: 8px 0 0 15px; font-size: 13px; font-weight: 500; color: var(--ink-2); }
#path-tree li button { display: block; width: 100%; padding: 8px 8px 8px 12px; border: 0;
  border-left: 3px solid transparent; border-radius: 0 8px 8px 0; background: none;
  text-align: left; font-weight: 400; }
#path-tree li button:hover { background: var(--paper-2); color: var(--ink); }
#path-tree li button[aria-current] { border-left-color: var(--accent);
  background: var(--paper-2); }
#path-tree .name { display: block; font-weight: 600; overflow-wrap: anywhere; }
#path-tree [aria-current] .name { color: var(--accent); }
#path-tree .facts { display: block; color: var(--ink-2); font-size: 13px; }
#path-page .level { display: block; height: 4px; margin: 4px 0; border-radius: 2px;
  background: var(--line); overflow: hidden; }
#path-page .level span { display: block; height: 100%; border-radius: 2px;
  background: var(--accent); }

/* The card. */
#path-card .where { color: var(--ink-2); font-size: 13px; }
#path-card h2 { font-size: 20px; }
#path-card .standing { display: block; color: var(--ink-2); font-size: 13px; }
#path-card .standing .level { max-width: 320px; height: 6px; margin: 8px 0; border-radius: 3px; }
#path-card .concept { margin-top: 8px; font-size: 16px; line-height: 24px; max-width: 72ch; }
#path-card article > section { border-top: 1px solid var(--line); margin-top: 16px; }
#path-card section h3 { margin-top: 12px; }
#path-card section li { padding: 8px 0; max-width: 72ch; overflow-wrap: anywhere; }
#path-card section li + li { border-top: 1px solid var(--line); }
#path-card .plain li { padding: 4px 0; }
#path-card ul.plain li + li { border: 0; }
#path-card .done { color: var(--accent); font-weight: 600; }
#path-card .begun { color: var(--ink-2); font-weight: 600; }
#path-card .help details { border-left: 2px solid var(--line); padding-left: 12px; }
#path-card .help summary { padding: 4px 0; min-height: 28px; }
#path-card .help .reading { font-size: 14px; line-height: 22px; padding-bottom: 8px; }
#path-card table { width: 100%; margin-top: 8px; border-collapse: collapse; font-size: 13px;
  font-variant-numeric: tabular-nums; }
#path-card th { text-align: left; font-weight: 500; padding: 4px 12px 4px 0;
  border: 0; border-bottom: 1px solid var(--line); background: none; overflow-wrap: anywhere; }
#path-card td { padding: 4px 12px 4px 0; border: 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
#path-card .seen li { display: grid; padding: 4px 0; }
#path-card .seen b { color: var(--ink); font-weight: 600; }
#path-card .back { display: none; margin-top: 16px; }

/* The map. */
#path-map { margin-top: 32px; padding-top: 16px; border-top: 1px solid var(--line); }
#path-map .scroll { overflow-x: auto; margin-top: 8px; padding: 4px 0 8px; }
#path-map .map { display: block; max-width: none; }
#path-map ol { padding-left: 24px; font-size: 13px; }
.map text { font-size: 13px; fill: var(--ink); }
.map .column { font-weight: 650; }
.map .state { font-size: 12px; fill: var(--ink-2); }
.map .line { fill: none; stroke: var(--ink-2); stroke-opacity: .55; stroke-width: 1.25; }
.map marker path { fill: context-stroke; fill-opacity: .8; }
.map .line.on { stroke: var(--accent); stroke-opacity: 1; stroke-width: 2.25; }
.map .line.off { stroke-opacity: .3; }
.map .box { fill: var(--paper); stroke: var(--line); }
#path-page .map .node { cursor: pointer; outline: none; font-weight: 400; }
.map .name { font-weight: 500; }
.map .done .box { fill: var(--paper-2); }
.map .known .box { fill: var(--paper-2); }
.map .open .box { stroke-dasharray: 4 3; }
.map .track { fill: var(--line); }
.map .fill { fill: var(--accent); }
.map .node:hover .box { stroke: var(--accent); }
.map .node[aria-current] .box { stroke: var(--accent); stroke-width: 2.5; stroke-dasharray: none; }
.map .node:focus-visible .box { stroke: var(--ink); stroke-width: 3; stroke-dasharray: none; }

/* How far the learner is, what can be taken along, and the settings. */
#path-page .far { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr);
  gap: 0 48px; margin-top: 32px; padding-top: 16px; border-top: 1px solid var(--line); }
#path-page .mastery { border: 0; margin: 8px 0 0; padding: 0; }
#path-page .mastery th { border: 0; background: none; overflow-wrap: anywhere; }
#path-page .mastery td { border: 0; }
#path-page .mastery tbody .month { padding-top: 16px; }
#path-mastery details { margin-top: 8px; font-size: 13px; color: var(--ink-2); }
#path-hours table { width: 100%; border-collapse: collapse; font-size: 13px; }
#path-hours th { text-align: left; font-weight: 500; padding: 4px 0; border: 0;
  background: none; }
#path-hours td { padding: 4px 0; border: 0; }
#path-page .more > section { margin-top: 24px; }
#path-page .more > details { margin-top: 24px; }
#path-page .more > details h2 { display: inline; color: var(--accent); }
#path-page .take li { padding: 8px 0; }
#path-page .take span { color: var(--ink-2); font-size: 13px; }
#path-page .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 12px 24px; }
#path-page .field label { display: block; font-weight: 500; }
#path-page .field input, #path-page .field select { box-sizing: border-box; width: 100%;
  height: 40px; padding: 0 8px; border: 1px solid #64748b; border-radius: 8px; font: inherit;
  color: var(--ink); background-color: var(--paper); }
#path-page .field select { padding-right: 32px; }
#path-page .field span { display: block; font-size: 13px; color: var(--ink-2); }
#path-page .field .error { color: var(--warn); font-weight: 500; }
#path-page .check { margin-top: 12px; }
#path-page .check input { width: 18px; height: 18px; vertical-align: -3px; margin-right: 4px;
  accent-color: var(--accent); }

@media (max-width: 1100px) {
  #path-page .study { grid-template-columns: minmax(0, 272px) minmax(0, 1fr); }
  #next-page { grid-column: 1 / -1; order: -1; padding: 0 0 24px; margin-bottom: 16px; border: 0;
    border-bottom: 1px solid var(--line); }
}
@media (max-width: 800px) {
  #path { border: 0; border-radius: 0; }
  #path-page { padding: 0 4px 16px; }
  #path-page .study { grid-template-columns: minmax(0, 1fr); }
  #path-tree { position: static; max-height: none; }
  #path-side { margin-top: 24px; padding-top: 16px; border-top: 1px solid var(--line); }
  #path-page .far { grid-template-columns: minmax(0, 1fr); gap: 32px; }
  #path-page .fields { grid-template-columns: minmax(0, 1fr); }
  #path-page button { min-height: 44px; }
  #path-page summary { min-height: 44px; box-sizing: border-box; padding: 12px 0; }
  #path-tree summary { padding: 12px 0; }
  #path-card .help summary { min-height: 44px; padding: 12px 0; }
  #path-card .back { display: block; }
  #path-card section li > a { display: inline-block; padding: 12px 0; }
  #path-page .take a { display: inline-block; padding: 12px 0; }
  #path-page .field input { height: 44px; }
  #path-page .field select { height: 44px; }
  #path-page .check label { display: inline-block; padding: 12px 0; }
}
"""
    + next_style.CSS
)
