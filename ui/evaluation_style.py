"""How the Evaluation place looks and what its browser side does: CSS and one script; no data."""

from ui.job_style import SHOW_WORK

# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = """
#evaluation { flex: 1 1 0; min-height: 0; overflow-y: auto !important;
  border: 1px solid var(--line); border-radius: 12px; background: var(--paper); }
#evaluation .html-container { padding: 0; }
#evaluation-page { padding: 16px 24px 24px; color: var(--ink); font-size: 14px;
  line-height: 20px; }
#evaluation-page [hidden] { display: none; }
#evaluation-page .unseen { position: absolute; width: 1px; height: 1px; margin: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
#evaluation-page h2 { margin: 0 0 8px; font-size: 18px; line-height: 28px; font-weight: 650;
  color: var(--ink); outline: none; }
#evaluation-page h3 { margin: 24px 0 8px; font-size: 16px; font-weight: 650; color: var(--ink); }
#evaluation-page h4 { margin: 16px 0 4px; font-size: 14px; font-weight: 650; color: var(--ink); }
#evaluation-page p { margin: 0; overflow-wrap: anywhere; }
#evaluation-page a { color: var(--accent); font-weight: 600; text-decoration: none; }
#evaluation-page a:hover { text-decoration: underline; }
#evaluation-page .meta { color: var(--ink-2); font-size: 13px; }
#evaluation-page .hint { margin: 8px 0; color: var(--ink-2); font-size: 13px; }
#evaluation-page .empty { padding: 8px 0; max-width: 72ch; font-size: 16px; line-height: 24px; }
#evaluation-told.problem { margin-bottom: 12px; color: var(--warn); font-weight: 500; }
#evaluation-told:not(:empty) { margin-bottom: 12px; }
#evaluation-page .problem { color: var(--warn); }
#evaluation-page button { min-height: 36px; padding: 0 16px; border: 1px solid var(--line);
  border-radius: 8px; font: inherit; font-weight: 600; color: var(--ink);
  background: var(--paper-2); cursor: pointer; }
#evaluation-page button:hover { border-color: var(--accent); color: var(--accent); }
#evaluation-page button:disabled { opacity: .6; cursor: default; }
#evaluation-run button { border: 0; color: var(--paper); background: var(--accent); }
#evaluation-run button:hover { color: var(--paper); }

/* The last run. */
#evaluation-page .cards { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr));
  gap: 12px; margin: 12px 0; padding: 0; list-style: none; }
#evaluation-page .cards li { padding: 12px 16px; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper-2); }
#evaluation-page .cards h3 { margin: 0; font-size: 14px; }
#evaluation-page .value { font-size: 28px; line-height: 36px; font-weight: 650;
  font-variant-numeric: tabular-nums; }
#evaluation-page .change { margin-top: 4px; font-weight: 500; }

/* A new run. */
#evaluation-run { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px;
  margin-top: 16px; padding: 12px 16px; border: 1px solid var(--line); border-radius: 12px; }
#evaluation-run fieldset { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0;
  border: 0; }
#evaluation-run legend { float: left; margin-right: 16px; padding: 0; font-weight: 650;
  line-height: 36px; color: var(--ink); }
#evaluation-run label { display: flex; align-items: center; gap: 8px; min-height: 36px;
  color: var(--ink); }
#evaluation-run input { appearance: auto; width: 18px; height: 18px; margin: 0;
  accent-color: var(--accent); }
#evaluation-run .hint { flex: 1 1 260px; margin: 0; }
#evaluation-page input:focus-visible, #evaluation-page summary:focus-visible,
#evaluation-page select:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

/* Earlier runs. */
#evaluation-page .wide { overflow-x: auto; }
#evaluation-page table { width: 100%; margin: 0; padding: 0; border: 0;
  border-collapse: collapse; font-variant-numeric: tabular-nums; }
#evaluation-page th, #evaluation-page td { padding: 8px 16px 8px 0; border: 0; text-align: left;
  vertical-align: top; font-weight: 400; background: none; }
#evaluation-page thead th { font-size: 13px; font-weight: 600; color: var(--ink-2); }
#evaluation-page tbody tr { border-top: 1px solid var(--line); }
#evaluation-page td.better { color: var(--accent); font-weight: 600; }
#evaluation-page td.worse { color: var(--warn); font-weight: 600; }
#evaluation-page svg { display: block; width: 100%; max-width: 720px; height: auto;
  margin-bottom: 8px; }
#evaluation-page svg text { fill: var(--ink); font-size: 13px; }
#evaluation-page svg .end { text-anchor: end; fill: var(--ink-2); }
#evaluation-page svg .grid { stroke: var(--line); }
#evaluation-page svg polyline { fill: none; stroke-width: 2; }
#evaluation-page .s0 polyline { stroke: var(--accent); }
#evaluation-page .s0 circle { fill: var(--accent); }
#evaluation-page .s1 polyline { stroke: var(--ink-2); stroke-dasharray: 6 4; }
#evaluation-page .s1 circle { fill: var(--ink-2); }
#evaluation-page .s2 polyline { stroke: var(--warn); stroke-dasharray: 2 3; }
#evaluation-page .s2 circle { fill: var(--warn); }

/* Two runs. */
#evaluation-page .pair { display: flex; flex-wrap: wrap; align-items: end; gap: 8px 12px;
  margin-bottom: 12px; }
#evaluation-page .pair label { display: flex; flex-direction: column; gap: 4px; min-width: 0;
  flex: 1 1 220px; max-width: 360px; font-size: 13px; font-weight: 500; color: var(--ink-2); }
#evaluation-page select { box-sizing: border-box; width: 100%; min-width: 0; height: 36px;
  padding: 0 32px 0 8px; border: 1px solid #64748b; border-radius: 8px; font: inherit;
  color: var(--ink); background-color: var(--paper); }
#evaluation-compared.late { opacity: .6; }
#evaluation-compared details { border-top: 1px solid var(--line); }
#evaluation-compared summary { padding: 8px 0; cursor: pointer; overflow-wrap: anywhere; }
#evaluation-compared .sides { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: 24px; padding: 8px 0 16px; }
#evaluation-compared .said { white-space: pre-wrap; }
#evaluation-compared ol { margin: 8px 0 0; padding-left: 24px; list-style: decimal;
  color: var(--ink-2); font-size: 13px; overflow-wrap: anywhere; }

@media (max-width: 800px) {
  #evaluation { border: 0; border-radius: 0; }
  #evaluation-page { padding: 0 4px 16px; }
  #evaluation-page .cards { grid-template-columns: minmax(0, 1fr); }
  #evaluation-page button, #evaluation-page select { min-height: 44px; height: 44px;
    font-size: 16px; }
  #evaluation-run fieldset, #evaluation-run button { flex: 1 0 100%; }
  #evaluation-run label { min-height: 44px; }
  #evaluation-run legend { float: none; line-height: 24px; }
  #evaluation-page table { min-width: 640px; }
  #evaluation-compared summary { padding: 12px 0; }
  #evaluation-compared .sides { grid-template-columns: minmax(0, 1fr); }
  #evaluation-page td a { display: inline-block; min-height: 44px; line-height: 28px; }
}
"""

# All text that comes back is either escaped HTML of `ui/evaluation_page.py` and
# `evaluation_pair.py`, or set with textContent.
SCRIPT = (
    SHOW_WORK
    + r"""
const {part, put, say, begin, look} = workAt('evaluation', () => load());

// ── runs ──
let sizes = {}, closed = '';
const size = () => element.querySelector('[name="evaluation-size"]:checked').value;
const tellSize = () => {
  part('takes').textContent = closed || sizes[size()] || '';
  element.querySelector('[data-run]').disabled = Boolean(closed);
};
const load = async () => {
  const told = await reach(server.overview(null));
  if (told.problem) { say(told.problem); return; }
  sizes = told.takes;
  closed = told.closed;
  tellSize();
  put('last', told.last);
  put('past', told.past);
  const names = ['a', 'b'], kept = names.map(name => part(name).value);
  const runs = names.map(name => put(name, told.choices) && part(name).options.length);
  part('pair').hidden = part('a').options.length < 2;
  names.forEach((name, n) => {
    if (!runs[n]) return;
    const known = [...part(name).options].some(option => option.value === kept[n]);
    if (known && part('compared').innerHTML) part(name).value = kept[n];
    else part(name).selectedIndex = Math.min(1 - n, runs[n] - 1);  // the last two
  });
};

// ── two runs ──
const compare = async button => {
  button.disabled = true;
  const late = setTimeout(() => part('compared').classList.add('late'), 300);
  const told = await reach(server.compare({a: part('a').value, b: part('b').value}));
  clearTimeout(late);
  part('compared').classList.remove('late');
  button.disabled = false;
  if (told.problem) { part('compared').textContent = told.problem; return; }
  part('compared').innerHTML = told.html;
};
element.addEventListener('change', event => {
  if (event.target.name === 'evaluation-size') tellSize();
});
element.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.compare !== undefined) compare(button);
  else if (button.dataset.run !== undefined) begin(server.run({size: size()}), button);
});

look();
"""
)
