"""What the browser side of the Sources tab does: one script; no data."""

from ui.job_style import SHOW_WORK

# Filters live in the browser and the server writes the table for them. All text that comes back is
# either escaped HTML from `ui/sources_page.py` and `sources_passages.py`, or set with textContent.
SCRIPT = (
    SHOW_WORK
    + r"""
const {part, here, put, say, tell, begin, look} = workAt('sources', () => load());

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
  if (!told) { say(UNREACHABLE); return; }
  if (told.problem) {
    part('ledger').replaceChildren(Object.assign(document.createElement('p'),
      {className: 'empty', textContent: told.problem}));
    if (here()) waiting = setTimeout(load, 2000);
    return;
  }
  if (told.choices !== choices) {
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
  put('reads', told.reads);
  part('held').hidden = !told.held;
  part('held').querySelector('summary').textContent = told.held;
  part('ledger').innerHTML = told.ledger;
  const count = part('ledger').querySelector('.count') || part('ledger');
  part('count').textContent = count.textContent;
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
  const button = event.target.closest('button');
  if (!button) return;
  const {status, open, read, page, of} = button.dataset;
  if (status !== undefined) {
    if (!filters.statuses.delete(status)) filters.statuses.add(status);
    load();
  } else if (button.id === 'sources-all') {
    filters.statuses.clear();
    Object.assign(filters, {kind: '', section: '', text: ''});
    part('find').value = '';
    part('find').focus();  // this button is about to go
    load();
  } else if (open !== undefined) toggle(button, open);
  else if (read !== undefined) begin(server.read({what: read}), button);
  else if (page !== undefined) turn(button, Number(page), of);
});

// ── passages ──
const fill = async (box, call) => {
  const told = await reach(call);
  if (told.problem) box.textContent = told.problem; else box.innerHTML = told.html;
};
const toggle = (button, of) => {
  const row = button.closest('tr'), after = row.nextElementSibling;
  const shown = after && after.classList.contains('inside');
  button.setAttribute('aria-expanded', String(!shown));
  if (shown) { after.remove(); return; }
  const made = document.createElement('tr'), cell = document.createElement('td');
  made.className = 'inside';
  made.setAttribute('role', 'row');
  cell.setAttribute('role', 'cell');
  cell.colSpan = row.children.length;
  cell.textContent = 'Reading…';
  made.append(cell);
  row.after(made);
  fill(cell, server.passages({of, page: 0}));
};
const turn = async (button, page, of) => {
  const box = button.closest('.inside'), cell = box.querySelector('td') || box;
  await fill(cell, of === undefined ? server.held({page}) : server.passages({of, page}));
  const next = [...cell.querySelectorAll('[data-page]')].find(one => !one.disabled);
  if (next) next.focus({preventScroll: true});
  cell.scrollIntoView({block: 'start'});
};
part('held').addEventListener('toggle', () => {
  if (part('held').open) fill(part('held').querySelector('.inside'), server.held({page: 0}));
});

// ── adding ──
const send = async () => {
  const file = part('file').files[0];
  if (file && file.size > Number(part('file').dataset.largest))
    return {problem: 'The file is larger than 20 MB.'};
  let path = '';
  if (file) {
    say('Uploading…', false);
    try { path = (await upload(file)).path; }
    catch { return {problem: 'The file did not arrive: please try again.'}; }
  }
  const form = {address: part('address').value, path, section: part('into').value};
  return reach(server.add(form));
};
const submit = async form => {
  const button = form.querySelector('[type="submit"]');
  button.disabled = true;
  const told = await send();
  button.disabled = false;
  tell(told);
  if (!told.problem) { part('address').value = ''; part('file').value = ''; }
};
element.addEventListener('submit', event => { event.preventDefault(); submit(event.target); });
const dropped = element.querySelector('#sources-add');
for (const name of ['dragover', 'dragleave', 'drop']) dropped.addEventListener(name, event => {
  event.preventDefault();
  dropped.classList.toggle('over', name === 'dragover');
  if (name !== 'drop' || !event.dataTransfer.files.length) return;
  dropped.open = true;
  part('file').files = event.dataTransfer.files;
  submit(dropped.querySelector('form'));
});

part('add').open = innerWidth > 800;
look();
"""
)
