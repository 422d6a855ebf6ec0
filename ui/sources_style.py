"""How the Sources tab looks and what its browser side does: CSS and one script; no data."""

# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = """
#sources { flex: 1 1 0; min-height: 0; overflow-y: auto !important; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper); }
#sources .html-container { padding: 0; }
#sources-page { padding: 16px; color: var(--ink); font-size: 14px; line-height: 20px; }
#sources-page .unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
#sources-page [hidden] { display: none; }
#sources-page input, #sources-page select { box-sizing: border-box; min-width: 0; height: 36px;
  padding: 0 8px; border: 1px solid #64748b; border-radius: 8px; font: inherit;
  color: var(--ink); background: var(--paper); }
#sources-page select { max-width: 260px; appearance: auto; }
#sources-page input::placeholder { color: var(--ink-2); opacity: 1; }
#sources-page input:focus-visible, #sources-page select:focus-visible,
#sources-page summary:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
#sources-page label { display: flex; flex-direction: column; gap: 4px; min-width: 0;
  font-size: 13px; font-weight: 500; color: var(--ink-2); }
#sources-page button { min-height: 36px; padding: 0 16px; border: 1px solid var(--line);
  border-radius: 8px; font: inherit; font-weight: 500; color: var(--ink);
  background: var(--paper-2); cursor: pointer; }
#sources-page button[type="submit"] { border: 0; font-weight: 600; color: var(--paper);
  background: var(--accent); }
#sources-page button:disabled { opacity: .6; cursor: default; }
#sources-page .hint { margin: 0; color: var(--ink-2); font-size: 13px; }
#sources-page .empty { margin: 0; padding: 16px 0; color: var(--ink-2); }

/* Adding. */
#sources-add { margin-bottom: 16px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--paper-2); }
#sources-add summary { padding: 12px 16px; border-radius: 12px; cursor: pointer; }
#sources-add summary h2 { display: inline; margin: 0; font-size: 14px; font-weight: 650;
  color: var(--ink); }
#sources-add form { display: grid; grid-template-columns: 2fr 1.6fr 1.4fr auto; gap: 8px 12px;
  align-items: end; padding: 0 16px 12px; }
#sources-add .hint { grid-column: 1 / -1; }
#sources-page #sources-into { max-width: none; }
#sources-page #sources-file { padding: 4px; }
#sources-file::file-selector-button { height: 26px; margin-right: 8px; padding: 0 8px; border: 0;
  border-radius: 4px; font: inherit; color: var(--ink); background: var(--soft); cursor: pointer; }
#sources-page .told { display: flex; align-items: center; gap: 12px; }
#sources-told { margin: 0; overflow-wrap: anywhere; }
#sources-told:not(:empty) { margin-bottom: 16px; }
#sources-told.failed, #sources-told.refused { color: var(--warn); font-weight: 500; }
#sources-again:not([hidden]) { margin-bottom: 16px; }

/* Filters. */
#sources-page .filters { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; }
#sources-page .find { flex: 1 1 280px; max-width: 480px; }
#sources-choices { display: contents; }
#sources-page .states { order: 9; flex: 1 0 100%; display: flex; flex-wrap: wrap; gap: 8px; }

/* A status is a word, with a shape and a colour beside it. */
#sources-page .state { white-space: nowrap; color: var(--ink-2); }
#sources-page .state::before { display: inline-block; width: 18px; }
#sources-page .good::before { content: "●" / ""; }
#sources-page .half::before { content: "◐" / ""; }
#sources-page .bad::before { content: "○" / ""; }
#sources-page .quiet::before { content: "–" / ""; }
#sources-page .good { color: var(--accent); }
#sources-page .half, #sources-page .bad { color: var(--warn); }
#sources-page button.state { min-height: 32px; padding: 0 12px 0 8px; border-radius: 16px;
  background: var(--paper); font-size: 13px; }
#sources-page button.state:hover { background: var(--paper-2); }
#sources-page button.state[aria-pressed="true"] { background: var(--soft); color: var(--ink);
  border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }

/* The ledger. */
#sources-ledger { margin-top: 12px; }
#sources-ledger.late { opacity: .6; }
#sources-page .caption { margin: 0; padding: 4px 0 8px; text-align: left; font-size: 13px;
  color: var(--ink-2); }
#sources-ledger table { width: 100%; margin: 0; padding: 0; border: 0; border-collapse: collapse;
  table-layout: fixed; }
#sources-ledger th, #sources-ledger td { padding: 8px 12px 8px 0; border: 0; text-align: left;
  vertical-align: top; font-weight: 400; overflow-wrap: anywhere; }
#sources-ledger tbody tr { border-top: 1px solid var(--line); }
#sources-ledger thead th { font-size: 13px; font-weight: 600; color: var(--ink-2); }
#sources-ledger .section th { padding: 24px 0 8px; font-size: 14px; font-weight: 650; }
#sources-ledger thead .kind { width: 14%; }
#sources-ledger thead .status { width: 136px; }
#sources-ledger thead .passages { width: 108px; }
#sources-ledger thead .saved { width: 108px; }
#sources-ledger thead .reason { width: 24%; }
#sources-ledger .passages { padding-right: 24px; text-align: right;
  font-variant-numeric: tabular-nums; }
#sources-ledger td { font-size: 13px; }
#sources-ledger .kind, #sources-ledger .saved, #sources-ledger .reason, #sources-ledger .host {
  color: var(--ink-2); font-size: 13px; }
#sources-ledger .host { display: block; }
#sources-ledger .unit { display: none; }
#sources-ledger a { color: var(--accent); font-weight: 500; text-decoration: none; }
#sources-ledger a:hover { text-decoration: underline; }

/* A phone: each source is a small card, and the words of the head stand with the numbers. */
@media (max-width: 800px) {
  #sources { border: 0; border-radius: 0; }
  #sources-page { padding: 0 0 16px; }
  #sources-page input, #sources-page select, #sources-page button { height: 44px;
    min-height: 44px; font-size: 16px; }
  #sources-page button.state { height: 36px; min-height: 36px; font-size: 13px; }
  #sources-file::file-selector-button { height: 34px; }
  #sources-add form { grid-template-columns: minmax(0, 1fr); padding: 0 12px 12px; }
  #sources-add summary { padding: 12px; }
  #sources-page .find { flex: 1 0 100%; max-width: none; }
  #sources-choices > label { flex: 1 1 0; }
  #sources-page select { width: 100%; max-width: none; }
  #sources-ledger table, #sources-ledger caption, #sources-ledger tbody { display: block; }
  #sources-ledger thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  #sources-ledger tr { display: flex; flex-wrap: wrap; gap: 0 12px; padding: 8px 0; }
  #sources-ledger th, #sources-ledger td { padding: 0; text-align: left; }
  #sources-ledger tbody th { flex: 1 0 100%; font-size: 16px; }
  #sources-ledger tr.section { padding: 24px 0 8px; }
  #sources-ledger .section th { padding: 0; }
  #sources-ledger td { line-height: 24px; }
  #sources-ledger td:empty { display: none; }
  #sources-ledger .reason { flex: 1 0 100%; line-height: 20px; }
  #sources-ledger .unit { display: inline; }
}
"""

# Filters live in the browser and the server writes the table for them. All text that comes back is
# either escaped HTML from `ui/sources_tab.py` or set with textContent.
SCRIPT = r"""
const root = document.documentElement;
const part = name => element.querySelector('#sources-' + name);
const UNREACHABLE = 'studypath does not answer: is it still running?';

// ── the ledger ──
const filters = {statuses: new Set(), kind: '', section: '', text: ''};
let asked = 0, choices = '', waiting = null;
const filtered = () => Boolean(
  filters.statuses.size || filters.kind || filters.section || filters.text.trim());
const showFilters = () => {
  part('choices').querySelectorAll('[data-status]').forEach(button => button.setAttribute(
    'aria-pressed', String(filters.statuses.has(button.dataset.status))));
  for (const name of ['kind', 'section']) {
    const list = part(name);
    if (!list) continue;
    list.value = filters[name];
    if (list.value !== filters[name]) { filters[name] = ''; list.value = ''; }
  }
  part('all').hidden = !filtered();
};
const load = async () => {
  const mine = ++asked, late = setTimeout(() => part('ledger').classList.add('late'), 300);
  clearTimeout(waiting);
  let told;
  try {
    told = await server.ledger({
      statuses: [...filters.statuses], kinds: filters.kind ? [filters.kind] : [],
      sections: filters.section ? [filters.section] : [], text: filters.text});
  } catch { told = null; }
  clearTimeout(late);
  if (mine !== asked) return;  // a newer question is under way
  part('ledger').classList.remove('late');
  if (!told) { say({state: 'refused', words: UNREACHABLE}); return; }
  if (told.ready && told.choices !== choices) {
    const at = document.activeElement && document.activeElement.id;
    part('choices').innerHTML = choices = told.choices;
    const into = part('into'), kept = into.value;
    into.innerHTML = told.into;
    if (kept) into.value = kept;
    part('add').hidden = !told.adds;
    if (at && at.startsWith('sources-') && document.activeElement.id !== at)
      document.getElementById(at)?.focus();
  }
  showFilters();
  part('ledger').innerHTML = told.ledger;
  const count = part('ledger').querySelector('.count') || part('ledger');
  part('count').textContent = count.textContent;
  if (!told.ready && root.dataset.place === 'sources') waiting = setTimeout(load, 2000);
};
let typed = null;
element.addEventListener('input', event => {
  if (event.target.id !== 'sources-find') return;
  filters.text = event.target.value;
  clearTimeout(typed);
  typed = setTimeout(load, 150);
});
element.addEventListener('change', event => {
  const name = {'sources-kind': 'kind', 'sources-section': 'section'}[event.target.id];
  if (name) { filters[name] = event.target.value; load(); }
});
element.addEventListener('click', event => {
  const status = event.target.closest('[data-status]');
  if (status) {
    const word = status.dataset.status;
    if (!filters.statuses.delete(word)) filters.statuses.add(word);
    load();
  } else if (event.target.id === 'sources-all') {
    filters.statuses.clear();
    Object.assign(filters, {kind: '', section: '', text: ''});
    part('find').value = '';
    part('find').focus();  // this button is about to go
    load();
  } else if (event.target.id === 'sources-again') {
    server.again(null).then(tell, () => say({state: 'refused', words: UNREACHABLE}));
  }
});

// ── adding ──
let mark = null, busy = false, next = null;
const say = told => {
  // A screen reader hears that it began and how it ended, not every step.
  part('told').setAttribute('aria-live', busy && told.state === 'busy' ? 'off' : 'polite');
  part('told').textContent = told.words;
  part('told').className = told.state;
  part('again').hidden = told.state !== 'failed';
};
const tell = told => {
  clearTimeout(next);
  // What another page added is told here while it happens, not hours later.
  if (busy || ['busy', 'failed', 'refused'].includes(told.state)) say(told);
  if (told.state === 'refused') return;
  busy = told.state === 'busy';
  if (mark !== null && told.mark !== mark) load();
  mark = told.mark;
  if (busy) next = setTimeout(poll, 1000);
};
const poll = () => server.progress(null).then(tell, () => {
  if (busy) { say({state: 'busy', words: UNREACHABLE}); next = setTimeout(poll, 5000); }
});
const send = async () => {
  const file = part('file').files[0];
  if (file && file.size > Number(part('file').dataset.largest))
    return {state: 'refused', words: 'The file is larger than 20 MB.'};
  let path = '';
  if (file) {
    say({state: 'busy', words: 'Uploading…'});
    try { path = (await upload(file)).path; }
    catch { return {state: 'refused', words: 'The file did not arrive: please try again.'}; }
  }
  const form = {address: part('address').value, path, section: part('into').value};
  try { return await server.add(form); }
  catch { return {state: 'refused', words: UNREACHABLE}; }
};
element.addEventListener('submit', async event => {
  event.preventDefault();
  const form = event.target, button = form.querySelector('[type="submit"]');
  button.disabled = true;
  const told = await send();
  button.disabled = false;
  tell(told);
  if (told.state !== 'refused') { part('address').value = ''; part('file').value = ''; }
});

part('add').open = innerWidth > 800;
document.addEventListener('studypath:place', event => {
  if (event.detail === 'sources') { load(); poll(); }
});
if (root.dataset.place === 'sources') { load(); poll(); }
"""
