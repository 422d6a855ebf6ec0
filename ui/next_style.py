"""How the "What next" place looks and what its browser side does: CSS and one script; no data."""

from ui.report_style import MASTERY_CSS, NARROW_MASTERY_CSS

# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = (
    MASTERY_CSS
    + NARROW_MASTERY_CSS
    + """
#next { flex: 1 1 0; min-height: 0; overflow-y: auto !important; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper); }
#next .html-container { padding: 0; }
#next-page { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); gap: 0 48px;
  padding: 16px 24px 24px; color: var(--ink); font-size: 14px; line-height: 20px; }
#next-page [hidden] { display: none; }
#next-page h2 { margin: 0; font-size: 18px; line-height: 28px; font-weight: 650;
  color: var(--ink); outline: none; }
#next-page h3 { margin: 24px 0 4px; font-size: 14px; font-weight: 650; color: var(--ink); }
#next-page p { margin: 0; overflow-wrap: anywhere; }
#next-page a { color: var(--accent); font-weight: 600; text-decoration: none; }
#next-page a:hover { text-decoration: underline; }
#next-page code { padding: 1px 4px; border-radius: 4px; font-size: 13px; color: var(--ink);
  background: var(--paper-2); border: 1px solid var(--line); overflow-wrap: anywhere; }
#next-page button { min-height: 36px; padding: 0 16px; border: 1px solid var(--line);
  border-radius: 8px; font: inherit; font-weight: 600; color: var(--ink);
  background: var(--paper-2); cursor: pointer; }
#next-page button:hover { border-color: var(--accent); color: var(--accent); }
#next-page button:disabled { opacity: .6; cursor: default; }
#next-page .hint { color: var(--ink-2); font-size: 13px; }
#next-page .empty { color: var(--ink-2); }

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

/* How well each section is known. */
#next-page .mastery { border: 0; margin: 8px 0 0; padding: 0; }
#next-page .mastery th { border: 0; background: none; overflow-wrap: anywhere; }
#next-page .mastery td { border: 0; }
#next-page .mastery tbody .month { padding-top: 16px; }
#next-page details { margin-top: 8px; font-size: 13px; color: var(--ink-2); }
#next-page summary { display: inline-block; padding: 8px 0; color: var(--accent); cursor: pointer; }
#next-page summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px;
  border-radius: 4px; }

@media (max-width: 800px) {
  #next { border: 0; border-radius: 0; }
  #next-page { grid-template-columns: minmax(0, 1fr); gap: 32px; padding: 0 4px 16px; }
  #next-page button { min-height: 44px; }
  #next-minutes { height: 44px; max-width: none; }
  #next-page .lines > li { padding-left: 36px; }
  #next-page .number { margin: 0 12px 0 -36px; }
}
"""
)

# All text that comes back is either escaped HTML from `ui/next_page.py` or set with textContent.
SCRIPT = r"""
const root = document.documentElement;
const part = name => element.querySelector('#next-' + name);
const UNREACHABLE = 'studypath does not answer: is it still running?';
let chosen = null;  // minutes of the slider, null for those of the calendar
let asked = 0, typed = null, undoing = null;

const put = (name, html) => {
  if (part(name).dataset.shown === html) return;
  part(name).dataset.shown = html;
  part(name).innerHTML = html;
};
const time = minutes => {
  part('output').textContent = minutes + ' min';
  part('minutes').setAttribute('aria-valuetext', minutes + ' minutes');
};
const say = (words, undo, problem) => {
  part('told').textContent = words;
  part('told').className = problem ? 'problem' : '';
  undoing = undo;
  part('undo').hidden = !undo;
};
const show = told => {
  part('plan').classList.remove('late');
  if (told.problem) return;
  put('plan', told.plan);
  put('mastery', told.mastery);
  part('calendar').textContent = told.calendar;
  part('minutes').max = told.most;
  part('minutes').value = told.minutes;
  time(told.minutes);
};
const call = async (name, sent) => {
  const mine = ++asked, late = setTimeout(() => part('plan').classList.add('late'), 300);
  let told;
  try { told = await server[name]({minutes: chosen, ...sent}); }
  catch { told = {problem: UNREACHABLE}; }
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
const note = async button => {
  const {state, what, exercise, minutes} = button.dataset;
  const spent = Number(minutes || 0), before = chosen;
  if (chosen !== null && state !== 'reopened') chosen = Math.max(0, chosen - spent);
  if (chosen !== null && state === 'reopened' && button === part('undo')) chosen += spent;
  clearTimeout(typed);
  element.querySelectorAll('button').forEach(one => { one.disabled = true; });
  const sent = {state, what, exercise, spent: state === 'started' ? spent : null};
  const told = await call('note', sent);
  element.querySelectorAll('button').forEach(one => { one.disabled = false; });
  if (told.problem) { chosen = before; say(told.problem, null, true); return; }
  if (!told.newest) load();  // what was asked meanwhile may not know of this yet
  const undo = state === 'done' ? {what, exercise, minutes} : null;
  say(told.told, undo);
  if (undo) Object.assign(part('undo').dataset, {state: 'reopened', ...undo});
  // The button that was pressed is gone.
  (undo ? part('undo') : part('head')).focus({preventScroll: true});
};
element.addEventListener('input', event => {
  if (event.target.id !== 'next-minutes') return;
  chosen = Number(event.target.value);
  time(chosen);
  clearTimeout(typed);
  typed = setTimeout(load, 150);
});
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-state]');
  if (button) note(button);
});
const here = () => root.dataset.place === 'next';
document.addEventListener('studypath:place', () => { if (here()) load(); });
// What was answered in a terminal meanwhile counts as soon as one comes back.
window.addEventListener('focus', () => { if (here()) load(); });
if (here()) load();
"""
