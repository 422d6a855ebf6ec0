"""What the browser side of the place "Review" does: one script; no data."""

from ui.server_script import REACH

# All text that comes back is either escaped HTML from `ui/review_page.py` and `ui/quiz_page.py`, or
# set with textContent.
SCRIPT = (
    REACH
    + r"""
const root = document.documentElement;
const part = name => element.querySelector('#review-' + name);
const main = part('main');
const UNDER_WAY = 'A quiz is under way. Leave it first to begin another one.';
const NO_SUCH = 'There are no quiz questions on this section.';
let now = {state: '', sitting: '', number: 0}, busy = false, asked = 0;
let thing = '', began = 0, picked = [], chosen = false, wanted = null;
let under = false, arriving = false;

const here = () => root.dataset.place === 'review';
const say = (words, problem) => {
  part('told').textContent = words;
  part('told').className = problem ? 'problem' : '';
};
const put = (into, html) => {
  if (into.dataset.shown === html) return false;
  into.dataset.shown = html;
  into.innerHTML = html;
  return true;
};
const badge = count => {
  const due = document.getElementById('due');
  if (!due || count === undefined) return;
  const tab = document.getElementById('tab-review');
  if (count) tab.dataset.due = count; else delete tab.dataset.due;
  due.textContent = count + ' due';
  due.setAttribute('aria-label', count + ' due: open Review');
  due.hidden = !count;
};
const focusOn = () => {
  const typed = main.querySelector('#review-typed');
  const to = typed && matchMedia('(hover: hover)').matches ? typed
    : main.querySelector('[data-focus]');
  if (!to) return;
  to.focus({preventScroll: true});
  // What is new begins at the top, but a verdict or an answer is not below the fold.
  const view = element.closest('#review');
  if (now.state !== 'turned') view.scrollTop = 0;
  if (to.getBoundingClientRect().bottom > view.getBoundingClientRect().bottom
      && ['turned', 'told', 'unsure'].includes(now.state)) to.scrollIntoView({block: 'center'});
};
const toMark = () => {
  const passage = main.querySelector('.passage'), mark = main.querySelector('.passage mark');
  if (!mark) return;
  const gap = mark.getBoundingClientRect().bottom - passage.getBoundingClientRect().bottom;
  if (gap > -8) passage.scrollTop += gap + 40;
};
const choose = () => {
  const select = part('scope');
  if (wanted === null || !select) return;
  const scope = wanted;
  wanted = null;
  if (under) { say(UNDER_WAY); return; }
  if (![...select.options].some(option => option.value === scope)) { say(NO_SUCH, true); return; }
  select.value = scope;
  chosen = true;
  part('quiz').scrollIntoView({block: 'nearest'});
  part('quiz').querySelector('button').focus({preventScroll: true});
};
const show = (told, moved) => {
  main.classList.remove('late');
  if (told.problem) {
    say(told.problem, true);
    if (!now.state) put(main, '');
    return;
  }
  now = told;
  part('head').textContent = told.head;
  say(told.told);
  if (put(part('start'), told.start)) chosen = false;
  // A quiz has the place to itself.
  under = ['question', 'unsure', 'told'].includes(told.state);
  part('page').classList.toggle('under', under);
  const select = part('scope');
  if (select && !chosen) select.value = told.section;
  if (select && select.selectedIndex < 0) select.selectedIndex = 0;
  put(part('forecast'), told.forecast);
  badge(told.due);
  if (put(main, told.main)) { picked = []; toMark(); }
  const card = main.querySelector('.card');
  const key = card ? card.dataset.card : told.sitting + told.number;
  if (key !== thing) { thing = key; began = performance.now(); }
  if (moved) focusOn();
  choose();
};
const call = async (answer, moved) => {
  const mine = ++asked, late = setTimeout(() => main.classList.add('late'), 300);
  const told = await reach(answer);
  clearTimeout(late);
  if (mine === asked) show(told, moved); else badge(told.due);
};
// A card that is turned stays so, and what is being done comes first.
const look = () => {
  const moved = arriving;
  arriving = false;
  if (!busy && now.state !== 'turned') call(server.look({}), moved);
  else { if (moved) focusOn(); choose(); }
};
const act = async sent => {
  if (busy) return;
  busy = true;
  const card = main.querySelector('.card');
  await call(server.act({
    sitting: now.sitting, number: now.number, seconds: (performance.now() - began) / 1000,
    card: card ? card.dataset.card : '', stamp: card ? Number(card.dataset.stamp) : 0, ...sent,
  }), true);
  busy = false;
};

// Steps in the order in which they were chosen.
const steps = () => [...main.querySelectorAll('[data-step]')];
const pick = button => {
  const step = button.dataset.step;
  picked = picked.includes(step) ? picked.filter(one => one !== step) : [...picked, step];
  ranks();
};
const ranks = () => {
  steps().forEach(one => {
    const rank = picked.indexOf(one.dataset.step) + 1;
    one.setAttribute('aria-pressed', String(rank > 0));
    one.querySelector('.rank').textContent = rank ? 'step ' + rank : '';
  });
  main.querySelector('[data-do="order"]').disabled = picked.length < steps().length;
  main.querySelector('[data-do="clear"]').disabled = !picked.length;
};
const press = button => {
  if (button.dataset.step) { pick(button); return; }
  const {do: deed, answer, verdict, rating} = button.dataset;
  if (deed === 'clear') { picked = []; ranks(); return; }
  if (deed === 'order') act({do: 'reply', answer: picked.join(' ')});
  else if (deed === 'reply') act({do: deed, answer});
  else if (deed === 'judge') act({do: deed, verdict});
  else if (deed === 'rate') act({do: deed, rating: Number(rating)});
  else act({do: deed});
};
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-do], button[data-step]');
  if (button) press(button);
  const place = event.target.closest('button[data-section]');
  if (place) document.dispatchEvent(
    new CustomEvent('studypath:section', {detail: place.dataset.section}));
});
element.addEventListener('change', event => {
  if (event.target.id === 'review-scope') chosen = true;
});
element.addEventListener('submit', event => {
  event.preventDefault();
  if (event.target.id === 'review-quiz') {
    act({do: 'begin', scope: part('scope').value, count: Number(part('count').value)});
    return;
  }
  const typed = part('typed').value.trim();
  if (typed) act({do: 'reply', answer: typed});
  else part('typed').focus();
});
const target = key => {
  const find = selector => main.querySelector(selector);
  if (now.state === 'card' && key === ' ') return find('[data-do="turn"]');
  if (/^[1-9]$/.test(key)) {
    return find(`[data-key="${key}"], [data-step="${key}"]`)
      || main.querySelectorAll('button.choice')[Number(key) - 1];
  }
  if (now.state === 'question' && /^[a-j]$/i.test(key)) {
    return find(`button.choice[data-answer="${key.toLowerCase()}"]`);
  }
  if (key === 'u') return find('[data-do="undo"]');
  if (key === 'Enter') return find('[data-do="follow"], [data-do="close"], [data-do="order"]');
  return null;
};
document.addEventListener('keydown', event => {
  if (!here() || event.repeat || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target, on = selector => at.closest && at.closest(selector);
  if (on('input, textarea, select, [contenteditable]')) return;
  // A button or a link does what it is for; the tab of this place has been chosen already.
  const own = (event.key === ' ' || event.key === 'Enter') && on('button, a, summary');
  if (own && own.id !== 'tab-review') return;
  if (event.key === 'Backspace' && picked.length) {
    event.preventDefault();
    picked = picked.slice(0, -1);
    ranks();
    return;
  }
  const button = target(event.key);
  if (!button || button.disabled) return;
  event.preventDefault();
  press(button);
});
document.addEventListener('click', event => {
  if (event.target.closest && event.target.closest('#due')) {
    arriving = true;
    document.getElementById('tab-review').click();
  }
});
document.addEventListener('studypath:quiz', event => {
  wanted = typeof event.detail === 'string' ? event.detail : '';
  if (here()) look(); else document.getElementById('tab-review').click();
});
document.addEventListener('studypath:place', () => { if (here()) look(); });
const count = async () => {
  try { badge((await server.due({})).due); } catch { /* it is asked again at the next look */ }
};
// What was reviewed in a terminal meanwhile counts as soon as one comes back.
window.addEventListener('focus', () => { if (here()) look(); else count(); });
if (here()) look(); else count();
"""
)
