"""What the browser side of the place "My path" does: one script; no data.

All text that comes back is escaped HTML of ours, or set with textContent. What other places say by
events (`studypath:section`) is an id, which the server looks up in the learner's path.
"""

from ui import next_style

PATH = r"""
const own = name => element.querySelector('#path-' + name);
let picked = '', named = false, cards = 0, drawings = 0, filled = false;

// ── the tree, the card and the map ──
const parts = {tree: 'tree', map: 'picture', mastery: 'mastery', hours: 'hours', card: 'card'};
const fill = (name, html) => {
  const key = 'path-' + name, box = own(parts[name]);
  if (html === undefined || shown.get(key) === html) return;
  shown.set(key, html);
  if (name === 'tree' && patched(box, html)) return;
  const open = new Map([...box.querySelectorAll('details[data-open]')].map(
    one => [one.dataset.open, one.open]));
  const same = name !== 'card' || box.querySelector('article')?.dataset.card === picked;
  box.innerHTML = html;
  if (same) box.querySelectorAll('details[data-open]').forEach(one => {
    if (open.has(one.dataset.open)) one.open = open.get(one.dataset.open);
  });
};
// The rows of a tree change in place: what is open stays open, and the focus where it is.
const patched = (box, html) => {
  const fresh = document.createElement('template');
  fresh.innerHTML = html;
  const rows = node => [...node.querySelectorAll('[data-section], .count')];
  const before = rows(box), after = rows(fresh.content);
  const alike = before.length && before.length === after.length && before.every(
    (row, n) => row.dataset.section === after[n].dataset.section);
  if (alike) before.forEach((row, n) => {
    if (row.innerHTML !== after[n].innerHTML) row.innerHTML = after[n].innerHTML;
  });
  return alike;
};
const sections = () => [...element.querySelectorAll('#path-tree [data-section]')];
const nodes = () => [...element.querySelectorAll('#path-picture .node')];
const marked = () => {
  const all = nodes(), at = all.find(node => node.dataset.section === picked) || all[0];
  [...sections(), ...all].forEach(one => {
    if (one.dataset.section === picked) one.setAttribute('aria-current', 'true');
    else one.removeAttribute('aria-current');
  });
  all.forEach(node => node.setAttribute('tabindex', node === at ? '0' : '-1'));
  element.querySelectorAll('#path-picture .line').forEach(line => {
    const on = line.dataset.from === picked || line.dataset.to === picked;
    line.classList.toggle('on', on);
    line.classList.toggle('off', !on && Boolean(picked));
  });
};
// Where the map is wider than the page, the section that was chosen comes into sight.
const reveal = () => {
  const box = own('picture').querySelector('.scroll');
  const node = own('picture').querySelector('.node[aria-current] .box');
  if (!box || !node) return;
  const left = Number(node.getAttribute('x')), right = left + Number(node.getAttribute('width'));
  if (left < box.scrollLeft || right > box.scrollLeft + box.clientWidth) box.scrollLeft = left - 40;
};
const draw = told => {
  if (told.problem || told.tree === undefined) return;
  if (told.section !== undefined && (!picked || told.section !== picked)) {
    // Before anything is chosen, or when the path no longer has it, the one at hand is shown.
    if (!picked || !sections().some(row => row.dataset.section === picked)) picked = told.section;
    else delete told.card;
  }
  Object.keys(parts).forEach(name => fill(name, told[name]));
  marked();
  reveal();
};
const tell = (words, problem) => {
  own('told').textContent = words;
  own('told').className = problem ? 'problem' : '';
};
const paint = async () => {
  const mine = ++drawings, wanted = picked;
  const told = await reach(server.path({section: wanted}));
  if (mine !== drawings) return;
  if (told.problem) {
    if (!sections().length) fill('tree', '');
    tell(told.problem, true);
    return;
  }
  if (own('told').className) tell('');
  if (wanted !== picked && picked) delete told.card;
  draw(told);
};
// A reload, or a link kept, opens the same section.
const address = () => {
  if (here() && named) history.replaceState(
    history.state, '', '#path=' + encodeURIComponent(picked));
};
const small = () => matchMedia('(max-width: 800px)').matches;
const choose = async (id, focus) => {
  const row = sections().find(one => one.dataset.section === id);
  if (!row) return false;
  picked = id;
  marked();
  reveal();
  tell('');
  row.closest('details').open = true;
  named = true;
  address();
  const mine = ++cards;
  const told = await reach(server.card({section: id}));
  if (mine !== cards || picked !== id) return true;
  if (told.problem) { tell(told.problem, true); return true; }
  fill('card', told.card);
  const head = own('card').querySelector('h2');
  if (focus || small()) {
    own('side').scrollIntoView({block: 'start'});
    head?.focus({preventScroll: true});
  } else own('said').textContent = (head ? head.textContent : 'The section') + ' is shown.';
  return true;
};
// ── what was done ──
const note = async button => {
  const {state, what, exercise, minutes} = button.dataset;
  const spent = Number(minutes || 0), before = chosen, inCard = own('side').contains(button);
  if (chosen !== null && state !== 'reopened') chosen = Math.max(0, chosen - spent);
  if (chosen !== null && state === 'reopened' && button === part('undo')) chosen += spent;
  clearTimeout(typed);
  const all = () => element.querySelectorAll('button[data-state]');
  all().forEach(one => { one.disabled = true; });
  const sent = {state, what, exercise, spent: state === 'started' && spent ? spent : null};
  drawings += 1;
  const told = await call('note', {...sent, section: picked});
  all().forEach(one => { one.disabled = false; });
  if (told.problem) {
    chosen = before;
    if (inCard) tell(told.problem, true); else say(told.problem, null, true);
    return;
  }
  if (!told.newest) load();  // what was asked meanwhile may not know of this yet
  draw(told);
  if (inCard) {
    tell(told.told);
    // The button that was pressed is gone: another of the same thing takes the focus.
    const next = [...own('card').querySelectorAll('button[data-state]')].find(one =>
      one.dataset.what === what && one.dataset.exercise === exercise);
    (next || own('card').querySelector('h2'))?.focus({preventScroll: true});
    return;
  }
  const undo = state === 'done' ? {what, exercise, minutes} : null;
  say(told.told, undo);
  if (undo) Object.assign(part('undo').dataset, {state: 'reopened', ...undo});
  (undo ? part('undo') : part('head')).focus({preventScroll: true});
};
const send = (name, detail) =>
  document.dispatchEvent(new CustomEvent('studypath:' + name, {detail}));
element.addEventListener('click', event => {
  const at = selector => event.target.closest(selector);
  const way = at('[data-section]');
  if (way && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    choose(way.dataset.section, !way.closest('#path-tree'));
  } else if (at('button[data-state]')) note(at('button[data-state]'));
  else if (at('[data-quiz]')) send('quiz', at('[data-quiz]').dataset.quiz);
  else if (at('[data-ask]')) send('ask', at('[data-ask]').dataset.ask);
  else if (at('[data-go]')) document.getElementById('tab-' + at('[data-go]').dataset.go)?.click();
  else if (at('[data-back]')) {
    const row = sections().find(one => one.dataset.section === picked);
    row?.scrollIntoView({block: 'center'});
    row?.focus({preventScroll: true});
  } else if (at('[data-file]')) { event.preventDefault(); take(at('[data-file]')); }
});
element.addEventListener('keydown', event => {
  const node = event.target.closest('#path-picture .node');
  if (!node) return;
  const all = nodes(), at = all.indexOf(node), last = all.length - 1;
  const to = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
    Home: 0, End: last}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = all[Math.min(last, Math.max(0, to))];
  all.forEach(one => one.setAttribute('tabindex', one === next ? '0' : '-1'));
  next.focus();
});

// ── files and settings ──
const take = async link => {
  const told = own('took');
  told.className = '';
  told.textContent = 'Making your file…';
  try {
    const found = await fetch(link.getAttribute('href'));
    if (!found.ok) throw new Error(await found.text());
    const file = document.createElement('a');
    file.href = URL.createObjectURL(await found.blob());
    file.download = link.dataset.file;
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60000);
    told.textContent = link.dataset.file + ' is in your downloads.';
  } catch (problem) {
    told.className = 'problem';
    told.textContent = problem instanceof TypeError ? UNREACHABLE : problem.message;
  }
};
const field = name => own('settings').querySelector('[name="' + name + '"]');
const fields = ['weekdays', 'saturday', 'sunday', 'start', 'zone', 'goal'];
const enter = told => {
  if (!told.values) return;
  own('goal').innerHTML = told.goals;
  fields.slice(0, 5).forEach(name => { field(name).value = told.values[name]; });
  own('schedule').checked = told.values.schedule;
  own('weekdays-hint').textContent = told.values.varies || 'of each day';
  filled = true;
};
const blame = errors => {
  fields.forEach(name => {
    own(name + '-error').textContent = errors[name] || '';
    if (errors[name]) field(name).setAttribute('aria-invalid', 'true');
    else field(name).removeAttribute('aria-invalid');
  });
  const first = fields.find(name => errors[name]);
  if (first) field(first).focus();
};
own('settings').addEventListener('toggle', async () => {
  if (!own('settings').open || filled) return;
  if (Intl.supportedValuesOf && !own('zones').children.length) {
    own('zones').append(...Intl.supportedValuesOf('timeZone').map(name => new Option(name)));
  }
  const told = await reach(server.settings({}));
  own('kept').textContent = told.problem || '';
  enter(told);
});
own('settings').addEventListener('input', event => {
  if (event.target.type === 'number') own('schedule').checked = false;
});
own('settings').addEventListener('submit', async event => {
  event.preventDefault();
  const sent = Object.fromEntries(fields.map(name => [name, field(name).value]));
  // What a browser cannot read as a number or a date it gives as nothing.
  fields.forEach(name => { if (field(name).validity?.badInput) sent[name] = '?'; });
  sent.schedule = own('schedule').checked;
  drawings += 1;
  chosen = null;
  const told = await call('keep', {fields: sent, section: picked});
  blame(told.errors || {});
  own('kept').className = told.problem || told.errors ? 'problem' : '';
  own('kept').textContent = told.problem || told.told || 'Nothing was saved yet.';
  draw(told);
  enter(told);
});

// ── coming and going ──
const here = () => root.dataset.place === 'path';
const linked = () => {
  const found = /^#path=(.+)$/.exec(location.hash);
  try { return found ? decodeURIComponent(found[1]) : ''; } catch { return ''; }
};
const come = async () => {
  const wanted = linked();
  load();
  if (wanted && wanted !== picked) {
    picked = sections().length ? picked : wanted;
    if (!sections().length) await paint();
    if (await choose(wanted)) return;
  }
  address();
  paint();
};
document.addEventListener('studypath:place', () => { if (here()) come(); });
document.addEventListener('studypath:section', async event => {
  const id = String(event.detail || '');
  if (!here()) document.getElementById('tab-path')?.click();
  if (!sections().length) await paint();
  if (!await choose(id, true)) tell('Your path has no such section; here is where you are.');
});
window.addEventListener('hashchange', () => { if (here() && linked()) choose(linked(), true); });
// What was answered in a terminal meanwhile counts as soon as one comes back.
window.addEventListener('focus', () => { if (here()) { load(); paint(); } });
if (here()) come();
"""

SCRIPT = next_style.SCRIPT + PATH
