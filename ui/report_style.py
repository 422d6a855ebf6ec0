"""How a progress report looks, in light and in dark, on a phone, a desk and paper; no data."""

from ui.style import SYSTEM_TOKENS

# The drawings of mastery, as the report and the page show them.
MASTERY_CSS = """
.mastery { width: 100%; margin-top: 16px; border-collapse: collapse; table-layout: fixed;
  font-size: 14px; font-variant-numeric: tabular-nums; }
.mastery th { text-align: left; font-weight: 500; }
.mastery tbody tr { border-top: 1px solid var(--line); }
.mastery thead th { padding: 0 0 8px; font-size: 13px; color: var(--ink-2); }
.mastery thead th:first-child { width: 40%; }
.mastery tbody th, .mastery td { padding: 8px 16px 8px 0; vertical-align: middle; }
.mastery td { padding-right: 0; }
.mastery .meta { display: block; font-size: 13px; line-height: 1.5; font-weight: 400;
  color: var(--ink-2); }
.mastery tbody .month { padding: 24px 0 8px; font-size: 14px; font-weight: 650; }
.mastery tbody tr:has(.month) { border: 0; }
.mastery .measure { display: grid; grid-template-columns: minmax(0, 1fr) 176px; gap: 24px;
  align-items: center; }
.mastery .told { font-size: 13px; line-height: 1.4; color: var(--ink-2); }
.mastery .told b { font-weight: 500; color: var(--ink); }
.mastery .rest td { padding-right: 0; font-size: 13px; color: var(--ink-2); }
.mastery .scale text { font-size: 12px; fill: var(--ink-2); }
.mastery .drawn { padding: 0 6px; line-height: 0; }

.mastery svg { display: block; overflow: visible; }
.mastery .axis { stroke: var(--line); stroke-width: 1; }
.mastery .goal { stroke: var(--ink-2); stroke-width: 1.5; }
.mastery .band { stroke: var(--accent); stroke-width: 8; stroke-linecap: round;
  stroke-opacity: .35; }
.mastery .dot { fill: var(--accent); stroke: var(--paper); stroke-width: 2; }
.mastery .unseen .band { stroke: var(--ink-2); stroke-width: 2; stroke-dasharray: 3 4;
  stroke-linecap: butt; stroke-opacity: .8; }
.mastery .unseen .dot { fill: var(--paper); stroke: var(--ink-2); stroke-width: 1.5; }
"""

# Where there is little room the words stand below their bar.
NARROW_MASTERY_CSS = """
.mastery thead th:first-child { width: 46%; }
.mastery .measure { position: relative; grid-template-columns: minmax(0, 1fr); gap: 4px; }
.mastery .measure > span:not(.told) { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }
.mastery .told { padding-left: 6px; }
"""

# Columns by week or day, as the report and the page draw them.
PLOT_CSS = """
.legend { margin: 16px 0 8px; font-size: 13px; color: var(--ink-2); }
.legend span { display: inline-block; width: 12px; height: 12px; border-radius: 2px;
  vertical-align: -1px; }
.legend span + span { margin-left: 12px; }
.legend .outline { border: 1.5px solid var(--ink-2); }
.legend .filled { background: var(--accent); }
.plot { display: block; overflow: visible; }
.plot .base { stroke: var(--line); }
.plot rect.filled { fill: var(--accent); }
.plot rect.outline { fill: none; stroke: var(--ink-2); stroke-width: 1.5; }
.plot text { font-size: 12px; text-anchor: middle; fill: var(--ink-2);
  font-variant-numeric: tabular-nums; }
.plot .number { font-size: 11px; fill: var(--ink); }
"""

REPORT_CSS = (
    SYSTEM_TOKENS
    + """
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 40px 24px 64px; }
h1, h2, p, dl, dd, ol, ul { margin: 0; padding: 0; }
h1 { font-size: 28px; line-height: 1.25; font-weight: 680; letter-spacing: -.015em; }
h2 { font-size: 18px; line-height: 1.4; font-weight: 650; letter-spacing: -.005em;
  margin-bottom: 8px; }
.over { font-size: 13px; font-weight: 600; color: var(--accent); margin-bottom: 4px; }
.meta { font-size: 13px; line-height: 1.5; color: var(--ink-2); max-width: 76ch; }
header .meta { margin-top: 8px; }
section { min-width: 0; margin-top: 48px; }

.facts { display: grid; grid-template-columns: repeat(4, 1fr); margin-top: 32px;
  border: 1px solid var(--line); border-radius: 12px; }
.facts > div { padding: 16px 24px; }
.facts > div + div { border-left: 1px solid var(--line); }
.facts dt { font-size: 13px; color: var(--ink-2); }
.facts b { display: block; font-size: 24px; line-height: 1.4; font-weight: 650;
  letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.facts span { font-size: 13px; line-height: 1.4; color: var(--ink-2); display: block; }

.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 48px; }
.steps { list-style: none; counter-reset: step; margin-top: 4px; }
.steps li { counter-increment: step; position: relative; padding: 0 0 16px 40px; }
.steps li::before { content: counter(step); position: absolute; left: 0; top: 0; width: 24px;
  height: 24px; border-radius: 12px; background: var(--soft); color: var(--accent);
  font-size: 13px; font-weight: 650; line-height: 24px; text-align: center; }
.steps b { display: block; font-weight: 600; }
.steps span { display: block; font-size: 14px; color: var(--ink-2); }
.lately { list-style: none; font-size: 14px; }
.lately li { position: relative; padding: 4px 0 4px 104px; min-height: 32px; }
.lately .day { position: absolute; left: 0; color: var(--ink-2); }

table { width: 100%; border-collapse: collapse; font-size: 14px;
  font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; }
thead th { font-size: 13px; font-weight: 500; color: var(--ink-2); }
tbody tr { border-top: 1px solid var(--line); }
"""
    + MASTERY_CSS
    + PLOT_CSS
    + """
details { margin-top: 8px; font-size: 14px; }
summary { display: inline-block; padding: 8px 0; color: var(--accent); cursor: pointer; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;
  border-radius: 4px; }
details :is(th, td) { padding: 4px 12px 4px 0; }

@media (max-width: 760px) {
  main { padding: 24px 16px 48px; }
  h1 { font-size: 24px; }
  section { margin-top: 40px; }
  .facts { grid-template-columns: 1fr 1fr; margin-top: 24px; }
  .facts > div { padding: 12px 16px; }
  .facts > div:nth-child(odd) { border-left: 0; }
  .facts > div:nth-child(n + 3) { border-top: 1px solid var(--line); }
  .pair { grid-template-columns: minmax(0, 1fr); }
"""
    + NARROW_MASTERY_CSS
    + """
  .facts b { font-size: 20px; }
}
@media print {
  :root { color-scheme: light; }
  main { max-width: none; padding: 0; }
  tr, li, .plot { break-inside: avoid; }
  section { margin-top: 24px; }
}
"""
)
