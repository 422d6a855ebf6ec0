"""How the place "Review" looks: CSS; no data.

Plots look here as in "My path", whose rules of them hold for the whole page.
"""

# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = """
#due { min-height: 28px; padding: 0 12px; border: 0; border-radius: 14px; font-size: 13px;
  font-weight: 600; color: var(--accent); background: var(--soft); cursor: pointer;
  white-space: nowrap; }
#due:hover { background: var(--accent); color: var(--paper); }
#due[hidden] { display: none; }
#tab-review { position: relative; }

#review { flex: 1 1 0; min-height: 0; overflow-y: auto !important; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper); }
#review .html-container { padding: 0; }
#review-page { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 4fr); gap: 0 48px;
  padding: 16px 24px 24px; color: var(--ink); font-size: 14px; line-height: 20px; }
#review-page.under { grid-template-columns: minmax(0, 720px); justify-content: center; }
#review-page.under .beside { display: none; }
#review-page h2 { margin: 0; font-size: 18px; line-height: 28px; font-weight: 650;
  color: var(--ink); }
#review-page h3 { margin: 24px 0 4px; font-size: 14px; font-weight: 650; color: var(--ink); }
#review-page p { margin: 0; overflow-wrap: anywhere; }
#review-page a { color: var(--accent); font-weight: 600; text-decoration: none; }
#review-page a:hover { text-decoration: underline; }
#review-page code { font-size: .9em; color: var(--ink); overflow-wrap: anywhere; }
#review-page .desk code { padding: 1px 4px; border-radius: 4px; background: var(--paper-2);
  border: 1px solid var(--line); }
#review-page .desk pre code { padding: 0; border: 0; background: none; }
#review-page .meta { color: var(--ink-2); font-size: 13px; }
#review-page .hint { color: var(--ink-2); font-size: 13px; }
#review-page .label { margin-top: 16px; color: var(--ink-2); font-size: 13px; }
#review-page kbd { padding: 0 6px; border: 1px solid currentcolor; border-radius: 4px;
  font: 600 12px/18px system-ui, sans-serif; color: inherit; background: none; box-shadow: none; }
#review-page button { min-height: 36px; padding: 0 16px; border: 1px solid var(--line);
  border-radius: 8px; font: inherit; font-weight: 600; color: var(--ink);
  background: var(--paper-2); cursor: pointer; }
#review-page button:hover { border-color: var(--accent); color: var(--accent); }
#review-page button.main { border-color: var(--accent); background: var(--accent);
  color: var(--paper); }
#review-page button.main:hover { color: var(--paper); filter: brightness(1.08); }
#review-page button:disabled { opacity: .6; cursor: default; }
#review-page .do { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px;
  margin-top: 16px; }
#review-page .do.quiet button { border-color: transparent; background: none; padding: 0 8px;
  font-weight: 500; color: var(--ink-2); }
#review-page .do.quiet { display: inline-flex; margin: 16px 8px 0 -8px; }
#review-page .do.quiet button:hover { color: var(--accent); }
#review-told:not(:empty) { margin: 8px 0; font-weight: 500; }
#review-told.problem { color: var(--warn); }
#review-main { max-width: 720px; }
#review-main.late { opacity: .6; }

/* A card lies in a frame of its own. */
#review-page .card { margin-top: 12px; padding: 16px 24px 24px; border: 1px solid var(--line);
  border-radius: 12px; box-shadow: 0 1px 3px rgb(15 23 42 / .08); }
#review-page .card .proof { border: 0; border-radius: 8px; }

/* A question, and what answers it. */
#review-page .question { margin: 12px 0; font-size: 18px; line-height: 1.5; font-weight: 500; }
#review-page .question p { margin: 0 0 8px; }
#review-page .question pre { margin: 0 0 8px; padding: 12px; overflow-x: auto; font-size: 14px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--paper-2); }
#review-page .question:focus { outline: none; }
#review-page .choices { display: grid; gap: 8px; margin: 16px 0 8px; padding: 0;
  list-style: none; }
#review-page .choice { display: flex; align-items: center; gap: 12px; box-sizing: border-box;
  width: 100%; min-height: 48px; padding: 8px 16px 8px 12px; border: 1px solid var(--line);
  border-radius: 8px; font-size: 16px; line-height: 24px; font-weight: 400; text-align: left;
  color: var(--ink); background: var(--paper); }
#review-page .choice > span { min-width: 0; overflow-wrap: anywhere; }
#review-page .choice .letter { flex: 0 0 28px; height: 28px; border-radius: 14px; font-size: 13px;
  font-weight: 650; line-height: 28px; text-align: center; color: var(--accent);
  background: var(--soft); }
#review-page .choice .rank { flex: 0 0 auto; margin-left: auto; font-size: 13px; font-weight: 650;
  color: var(--accent); white-space: nowrap; }
#review-page button.choice[aria-pressed="true"] { border-color: var(--accent);
  background: var(--paper-2); }
#review-page .told .choice { color: var(--ink-2); }
#review-page .told .choice.right { border: 2px solid var(--accent); color: var(--ink);
  font-weight: 500; }
#review-page .told .choice.own { border-color: var(--ink-2); color: var(--ink); }
#review-page .told .choice.own .rank { color: var(--ink-2); }
#review-page .card .told .choice { color: var(--ink); }
#review-page .typed { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px;
  margin-top: 16px; }
#review-page .typed label { flex: 1 0 100%; color: var(--ink-2); font-size: 13px; }
#review-page .typed input { flex: 1 1 0; min-width: 0; height: 44px; padding: 0 12px;
  box-sizing: border-box; border: 1px solid #64748b; border-radius: 8px; font: inherit;
  font-size: 16px; color: var(--ink); background: var(--paper); }
#review-page .typed button { min-height: 44px; }
#review-page .typed .hint { flex: 1 0 100%; }
#review-page .again { color: var(--warn); font-weight: 500; }

/* What became of it. */
#review-page .verdict { margin-top: 12px; font-size: 18px; line-height: 28px; outline: none; }
#review-page .verdict strong { font-weight: 650; }
#review-page .verdict.right strong { color: var(--accent); }
#review-page .why { color: var(--ink); max-width: 72ch; }
#review-page .verdict + .why { font-size: 16px; line-height: 24px; }
#review-page .key { font-size: 16px; line-height: 24px; font-weight: 600; }
#review-page .key.own { font-weight: 400; }
#review-page .back:focus { outline: none; }
#review-page .steps { margin: 4px 0 0; padding-left: 24px; font-size: 16px; line-height: 24px; }
#review-page ol.steps { list-style: decimal; }
#review-page ul.steps { list-style: disc; }
#review-page .points { margin: 8px 0 0; padding-left: 20px; list-style: disc;
  color: var(--ink-2); }
#review-page .grades { display: flex; gap: 8px; margin-top: 8px; }
#review-page .grades button { flex: 1 1 0; min-width: 0; min-height: 56px; padding: 8px 4px; }
#review-page .grades button span { display: block; white-space: nowrap; }
#review-page .grades small { display: block; font-size: 13px; line-height: 18px;
  font-weight: 400; color: var(--ink-2); }
#review-page .proof { margin: 24px 0 0; padding: 12px 16px; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper-2); }
#review-page .proof figcaption { color: var(--ink-2); font-size: 13px; }
#review-page .proof .passage { max-height: 232px; margin: 8px 0; overflow-y: auto;
  overscroll-behavior: contain; font-size: 15px; }
#review-page .proof .passage p { margin-bottom: 12px; }
#review-page .proof .passage p:last-child { margin-bottom: 0; }

/* The end. */
#review-page .end { outline: none; }
#review-page .end > .told { margin-top: 8px; font-size: 16px; line-height: 24px; }
#review-page .moved { width: 100%; margin: 8px 0; border: 0; border-collapse: collapse;
  font-size: 14px; font-variant-numeric: tabular-nums; }
#review-page .moved th { padding: 8px 16px 8px 0; border: 0; font-weight: 500; text-align: left;
  background: none; overflow-wrap: anywhere; }
#review-page .moved td { padding: 8px 16px 8px 0; border: 0; white-space: nowrap; }
#review-page .moved thead th { color: var(--ink-2); font-size: 13px; white-space: nowrap; }
#review-page .moved tbody tr { border: 0; border-top: 1px solid var(--line);
  background: none; }
#review-page .moved span { display: block; color: var(--ink-2); font-size: 13px;
  font-weight: 400; }
#review-page .missed { margin: 8px 0; padding: 0; list-style: none; }
#review-page .missed li { padding: 12px 0; border-top: 1px solid var(--line); }
#review-page .missed li > p:first-child { font-weight: 500; }
#review-page .missed .do { margin-top: 4px; }

/* Beside it. */
#review-start h3, #review-forecast h3 { margin-top: 0; line-height: 28px; }
#review-page .field { display: flex; align-items: center; gap: 12px; margin-top: 8px; }
#review-page .field label { flex: 0 0 72px; color: var(--ink-2); }
#review-page select { flex: 1 1 0; min-width: 0; height: 36px; padding: 0 32px 0 12px;
  border: 1px solid #64748b; border-radius: 8px; font: inherit; color: var(--ink);
  background-color: var(--paper); }
#review-count { flex: 0 1 96px !important; }
#review-page .field button { margin-left: auto; }
#review-page .offer { margin-top: 24px; padding-top: 16px; border-top: 1px solid var(--line); }
#review-page .offer .do { margin-top: 8px; }
#review-forecast:not(:empty) { margin-top: 24px; padding-top: 16px;
  border-top: 1px solid var(--line); }
#review-page .plot .number { font-size: 12px; font-weight: 600; }
#review-page details { margin-top: 4px; font-size: 13px; }
#review-page summary { display: inline-block; padding: 8px 0; color: var(--accent);
  cursor: pointer; }
#review-page :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
#review-page div:focus-visible, #review-page p:focus-visible { outline: none; }
#review-page .passage:focus-visible { outline: 2px solid var(--accent); border-radius: 4px; }

@media (max-width: 800px) {
  /* There the tab itself has the count: the header has no room left. */
  #due { display: none; }
  #tab-review[data-due]::after { content: attr(data-due) / ""; position: absolute; top: 0;
    right: -4px; min-width: 18px; padding: 0 5px; box-sizing: border-box; border-radius: 9px;
    font-size: 11px; font-weight: 650; line-height: 18px; color: var(--accent);
    background: var(--soft); }
  #review { border: 0; border-radius: 0; }
  #review-page, #review-page.under { grid-template-columns: minmax(0, 1fr); gap: 32px;
    padding: 0 4px 16px; }
  #review-page button { min-height: 44px; }
  #review-page select { height: 44px; font-size: 16px; }
  #review-page summary { padding: 12px 0; }
  #review-page .proof a { display: inline-block; padding: 12px 0; }
  #review-page .missed a { display: inline-block; padding: 12px 0; }
  #review-page .keys { display: none; }
  #review-page .told .choice { flex-wrap: wrap; row-gap: 0; }
  #review-page .told .choice > span:nth-child(2) { flex: 1 1 0; }
  #review-page .told .choice .rank:not(:empty) { flex: 1 0 calc(100% - 40px);
    margin-left: 40px; }
  #review-page .told .choice .rank:empty { display: none; }
  #review-page .do kbd { display: none; }
  /* The grades stay within reach of a thumb, however long the passage is. */
  #review-page .card .grades { position: sticky; bottom: 0; padding: 8px 0;
    background: var(--paper); }
  #review-page .proof { margin-top: 16px; padding: 12px; }
  #review-page .card { padding: 12px 16px 16px; }
  #review-page .card .grades { gap: 4px; margin: 8px -8px 0; }
  #review-page .grades small { font-size: 12px; white-space: nowrap; }
}
@media (max-width: 800px) and (hover: none) { #review-page kbd { display: none; } }
"""
