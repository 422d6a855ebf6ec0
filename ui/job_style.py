"""How long work looks, and the script that shows it: for every place that has some; no data."""

from ui.server_script import REACH

CSS = """
.job { display: flex; align-items: center; gap: 8px 16px; margin: 0 0 12px; padding: 8px 12px;
  border: 1px solid var(--line); border-left: 3px solid var(--accent); border-radius: 8px;
  background: var(--paper-2); }
.job .course { display: grid; flex: 1 1 auto; gap: 4px; min-width: 0; }
.job.waiting, .job.cancelled, .job.stopped { border-left-color: var(--line); }
.job.failed { border-left-color: var(--warn); }
.job p { margin: 0; overflow-wrap: anywhere; }
.job [hidden] { display: none; }
.job .line { font-weight: 500; color: var(--ink); font-variant-numeric: tabular-nums; }
.job.failed .line { color: var(--warn); }
.job .about { overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  font-size: 13px; color: var(--ink-2); }
.job progress { width: 100%; height: 6px; border: 0; border-radius: 3px;
  overflow: hidden; appearance: none; background: var(--line); }
.job progress::-webkit-progress-bar { background: var(--line); }
.job progress::-webkit-progress-value { background: var(--accent); }
.job progress::-moz-progress-bar { background: var(--accent); }
.job .actions { display: flex; flex: 0 0 auto; flex-wrap: wrap; gap: 8px; }
@media (max-width: 800px) {
  .job { flex-direction: column; align-items: stretch; }
}
"""

# Nodes stay while a job goes on, so that its button keeps the focus; all text is set as text. A
# screen reader hears that a job began and how it ended, not every step.
SHOW_WORK = (
    REACH
    + r"""
const drawn = id => {
  const node = document.createElement('div');
  node.dataset.job = id;
  node.setAttribute('role', 'group');
  node.setAttribute('aria-label', 'Long work');
  const line = document.createElement('p'), about = document.createElement('p');
  const bar = document.createElement('progress'), actions = document.createElement('div');
  line.className = 'line';
  about.className = 'about';
  bar.setAttribute('aria-label', 'How far it is');
  actions.className = 'actions';
  const course = document.createElement('div');
  course.className = 'course';
  course.append(line, bar, about);
  node.append(course, actions);
  return node;
};
const offer = (node, job) => {
  const box = node.querySelector('.actions');
  const held = box.contains(document.activeElement);
  box.replaceChildren(...job.actions.map(([name, words]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.do = name;
    button.textContent = words;
    return button;
  }));
  if (held) box.querySelector('button')?.focus({preventScroll: true});
};
const showWork = (box, news, jobs) => {
  const gone = new Map([...box.children].map(node => [node.dataset.job, node]));
  for (const job of jobs) {
    const node = gone.get(job.id) || drawn(job.id), before = node.dataset.state;
    gone.delete(job.id);
    if (!node.parentNode) box.append(node);
    node.querySelector('.line').textContent = job.line;
    const about = node.querySelector('.about'), bar = node.querySelector('progress');
    about.textContent = job.about;
    about.hidden = !job.about;
    bar.hidden = !(job.total > 1);
    bar.max = job.total || 1;
    bar.value = job.done;
    if (before === job.state) continue;
    node.dataset.state = job.state;
    node.className = 'job ' + job.state;
    offer(node, job);
    if (before || ['waiting', 'running'].includes(job.state)) news.textContent = job.line;
  }
  for (const node of gone.values()) {
    if (node.contains(document.activeElement)) { box.tabIndex = -1; box.focus(); }
    node.remove();
  }
};
// What the scripts of the places with work share. `load` shows anew what work changes: it is called
// when some has ended, and when the place is opened.
const workAt = (place, load) => {
  let mark = null, busy = false, next = null;
  const part = name => element.querySelector('#' + place + '-' + name);
  const here = () => document.documentElement.dataset.place === place;
  const put = (name, html) => {
    if (part(name).dataset.shown === html) return false;
    part(name).dataset.shown = html;
    part(name).innerHTML = html;
    return true;
  };
  const say = (words, problem = true) => {
    part('told').textContent = words;
    part('told').className = words && problem ? 'problem' : '';
  };
  const tell = told => {
    clearTimeout(next);
    if (told.problem) { say(told.problem); return; }
    say(told.remark);
    showWork(part('work'), element.querySelector('.news'), told.jobs);
    busy = told.jobs.some(job => ['waiting', 'running'].includes(job.state));
    if (mark !== null && told.mark !== mark) load();
    mark = told.mark;
    if (busy && here()) next = setTimeout(poll, 1000);
  };
  const poll = () => within(server.work(null), 10).then(tell, () => {
    if (busy) { say(UNREACHABLE); next = setTimeout(poll, 5000); }
  });
  const begin = async (call, button) => {
    button.disabled = true;
    const told = await reach(call);
    button.disabled = false;
    tell(told);
  };
  const look = () => { if (here()) { load(); poll(); } };
  part('work').addEventListener('click', async event => {
    const button = event.target.closest('button[data-do]');
    if (!button) return;
    const id = button.closest('[data-job]').dataset.job;
    tell(await reach(server.change({do: button.dataset.do, id})));
  });
  document.addEventListener('studypath:place', look);
  return {part, here, put, say, tell, begin, look};
};
"""
)
