"""How the part "What next" of the place "My path" looks, and what its browser side does."""

from ui.server_script import REACH

CSS = """
/* The time there is. */
#next-page .time { display: flex; align-items: center; gap: 12px; margin-top: 8px; }
#next-page .time label { font-weight: 500; white-space: nowrap; }
#next-minutes { flex: 1 1 auto; min-width: 0; max-width: 320px; height: 36px; margin: 0;
  accent-color: var(--accent); cursor: pointer; }
#next-minutes:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;
  border-radius: 4px; }
#next-output { min-width: 64px; font-weight: 650; font-variant-numeric: tabular-nums; }

#next-page .say { display: flex; align-items: center; gap: 12px; }
#next-told:not(:empty) { margin: 12px 0; font-weight: 500; }
#next-told.problem { color: var(--warn); }

/* The plan. */
#next-page .count { margin-top: 16px; padding-bottom: 8px; font-size: 13px; color: var(--ink-2); }
#next-plan.late { opacity: .6; }
#next-page .lines { margin: 0; padding: 0; list-style: none; }
#next-page .lines > li { padding: 12px 0 12px 40px; border-top: 1px solid var(--line); }
#next-page .what { color: var(--ink-2); font-size: 13px; }
#next-page .what strong { font-size: 14px; font-weight: 650; color: var(--ink); }
#next-page .what > span:last-child::before { content: "· " / ""; }
#next-page .number { display: inline-block; width: 24px; margin: 0 16px 0 -40px; height: 24px;
  border-radius: 12px; background: var(--soft); color: var(--accent); font-size: 13px;
  font-weight: 650; line-height: 24px; text-align: center; }
#next-page .title { margin-top: 2px; font-size: 16px; line-height: 24px; font-weight: 500; }
#next-page .why { margin-top: 2px; max-width: 72ch; }
#next-page .do { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-top: 8px;
  color: var(--ink-2); font-size: 13px; }
#next-page .do button { font-size: 14px; }
#next-page .end { padding-top: 12px; border-top: 1px solid var(--line); color: var(--ink-2);
  font-size: 13px; }
#next-page .end p { margin-bottom: 4px; max-width: 72ch; }
#next-page .end.empty p:first-child { margin-bottom: 8px; font-size: 16px; line-height: 24px;
  color: var(--ink); }
#next-page .ticked { margin: 0; padding: 0; list-style: none; }
#next-page .ticked li { display: flex; align-items: center; justify-content: space-between;
  gap: 12px; padding: 4px 0; }
#next-page .ticked li span { min-width: 0; overflow-wrap: anywhere; color: var(--ink-2); }

#next-page h3 { margin: 24px 0 4px; }

@media (max-width: 800px) {
  #next-minutes { height: 44px; max-width: none; }
  #next-page .lines > li { padding-left: 36px; }
  #next-page .number { margin: 0 12px 0 -36px; }
}
"""

# All text that comes back is escaped HTML, or set with textContent. `ui/path_script.py` follows it
# in the same scope.
SCRIPT = (
    REACH
    + r"""
const root = document.documentElement;
const shown = new Map();
const part = name => element.querySelector('#next-' + name);
let chosen = null;  // minutes of the slider, null for those of the calendar
let asked = 0, typed = null;

const put = (name, html) => {
  if (shown.get(name) === html) return false;
  shown.set(name, html);
  part(name).innerHTML = html;
  return true;
};
const time = minutes => {
  part('output').textContent = minutes + ' min';
  part('minutes').setAttribute('aria-valuetext', minutes + ' minutes');
};
const say = (words, undo, problem) => {
  part('told').textContent = words;
  part('told').className = problem ? 'problem' : '';
  part('undo').hidden = !undo;
};
const show = told => {
  part('plan').classList.remove('late');
  if (told.plan === undefined) return;
  put('plan', told.plan);
  part('calendar').textContent = told.calendar;
  part('minutes').max = told.most;
  part('minutes').value = told.minutes;
  time(told.minutes);
};
const call = async (name, sent) => {
  const mine = ++asked, late = setTimeout(() => part('plan').classList.add('late'), 300);
  const told = await reach(server[name]({minutes: chosen, ...sent}));
  clearTimeout(late);
  told.newest = mine === asked;
  if (told.newest) show(told);  // else a newer question is under way
  return told;
};
const load = async () => {
  const told = await call('plan', {});
  if (told.problem) {
    say(told.problem, null, true);
    if (!part('plan').querySelector('.count')) put('plan', '');
  } else if (part('told').className) say('', null);
};
element.addEventListener('input', event => {
  if (event.target.id !== 'next-minutes') return;
  chosen = Number(event.target.value);
  time(chosen);
  clearTimeout(typed);
  typed = setTimeout(load, 150);
});
"""
)
