"""What the chat does in a browser: one script for chat and panel, one for the row of controls.

All that is shown of what people wrote goes through textContent or the value of a field.
"""

import json

from assistant.feedback import HELPFUL, NOT_RIGHT, REASONS
from ui.sending_script import COMING_BACK, SENDING
from ui.server_script import REACH

_WORDS = (
    f"const VERDICTS = {json.dumps([[HELPFUL, 'Helpful'], [NOT_RIGHT, 'Not right']])};\n"
    f"const REASONS = {json.dumps(list(REASONS.items()))};\n"
)

# One listener on the document: the message that streams is rebuilt with every update, so nothing
# can be kept on its chips. The server looks a key up in the visitor's own conversation only.
PANEL = (
    REACH
    + _WORDS
    + COMING_BACK
    + r"""const panel = () => document.getElementById('panel');
const chip = node => node && node.closest && node.closest('#chat a[href^="#cite-"]');
const key = link => link.getAttribute('href').slice(6);
const quotes = new Map();
let opened = null, from = null, tip = null, shown = null;

const hideQuote = () => { if (tip) { tip.remove(); tip = null; } shown = null; };
const showQuote = async link => {
  if (shown === link) return;
  hideQuote();
  shown = link;
  const name = key(link);
  if (!quotes.has(name)) quotes.set(name, await server.quote(name));
  const words = quotes.get(name);
  if (!words || shown !== link || !link.isConnected) return;
  if (link.title) { link.setAttribute('aria-description', link.title); link.title = ''; }
  tip = document.createElement('div');
  tip.id = 'quote';
  tip.setAttribute('role', 'tooltip');
  tip.textContent = words;
  document.body.appendChild(tip);
  const at = link.getBoundingClientRect(), box = tip.getBoundingClientRect();
  const below = at.bottom + 8 + box.height < innerHeight;
  tip.style.top = (below ? at.bottom + 8 : Math.max(8, at.top - 8 - box.height)) + 'px';
  tip.style.left = Math.max(8, Math.min(at.left - 16, innerWidth - box.width - 8)) + 'px';
};
const markOpen = () => {
  document.querySelectorAll('#chat a.open').forEach(a => a.classList.remove('open'));
  // The very chip that was chosen, unless its message was drawn anew meanwhile.
  const same = `#chat a[href="#cite-${CSS.escape(opened || '')}"]`;
  const link = from && from.isConnected ? from : opened && document.querySelector(same);
  if (link) link.classList.add('open');
  return link;
};
const showMark = () => {
  const mark = [...panel().querySelectorAll('mark')].find(one => one.checkVisibility());
  if (!mark) return;
  const gap = mark.getBoundingClientRect().bottom - panel().getBoundingClientRect().bottom;
  if (gap > -16) panel().scrollTop += gap + 64;
};
const close = () => {
  panel().classList.remove('open');
  const link = opened && markOpen();
  if (link) link.focus();
};

// A question from elsewhere goes into the box, where it can be changed before it is asked.
const fill = words => {
  const box = document.querySelector('#box textarea'), sheet = matchMedia('(max-width: 800px)');
  if (typeof words !== 'string' || !box) return;
  if (sheet.matches) panel().classList.remove('open');
  box.value = words.slice(0, 2000);
  box.dispatchEvent(new Event('input', {bubbles: true}));
  box.focus();
};
document.addEventListener('studypath:ask', event => {
  const tab = document.getElementById('tab-chat');
  if (tab) tab.click();
  fill(event.detail);
});
document.addEventListener('click', async event => {
  const link = chip(event.target);
  if (link) {
    event.preventDefault();
    event.stopPropagation();
    hideQuote();
    opened = key(link);
    from = link;
    trigger('open', {key: opened, nonce: performance.now()});
    return;
  }
  const copy = event.target.closest && event.target.closest('#chat a[href^="#copy-"]');
  if (copy) {
    event.preventDefault();
    event.stopPropagation();
    const words = await server.references(copy.getAttribute('href').slice(6));
    const label = copy.textContent;
    try { await navigator.clipboard.writeText(words); copy.textContent = 'Copied'; }
    catch { copy.textContent = 'Your browser did not allow copying'; }
    setTimeout(() => { copy.textContent = label; }, 2000);
    return;
  }
  const target = event.target.closest ? event.target : null;
  if (!target) return;
  if (target.closest('#panel .close')) { close(); return; }
  const ask = target.closest('#panel [data-ask]');
  if (ask) { fill(ask.dataset.ask); return; }
  const place = target.closest('#panel [data-section], #chat a[href^="/read/"]');
  if (place && !event.ctrlKey && !event.metaKey && document.getElementById('tab-path')) {
    event.preventDefault();
    event.stopPropagation();
    const id = place.dataset.section || place.pathname.split('/').pop();
    document.dispatchEvent(new CustomEvent('studypath:section', {detail: id}));
  }
}, true);
// On a phone a passage that is opened up may push its mark out of the sheet.
document.addEventListener('toggle', event => {
  if (event.target.closest && event.target.closest('#panel .passage')) showMark();
}, true);
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  hideQuote();
  if (panel().contains(document.activeElement) || panel().classList.contains('open')) close();
});
document.addEventListener('mouseover', event => {
  const link = chip(event.target);
  if (!link) hideQuote();
  else if (matchMedia('(hover: hover)').matches) showQuote(link);
});
document.addEventListener('focusin', event => {
  const link = chip(event.target);
  if (link && link.matches(':focus-visible')) showQuote(link); else hideQuote();
});
document.addEventListener('scroll', hideQuote, true);

// A new question goes to the top and its answer grows below it, until the reader scrolls.
let asked = 0, follow = false;
const follows = () => {
  const rows = document.querySelectorAll('#chat .user-row');
  if (rows.length > asked) { follow = true; arrived(); }
  asked = rows.length;
  const last = rows[asked - 1], view = last && last.closest('.panel-wrap');
  if (!follow || !view) return;
  view.scrollTop += last.getBoundingClientRect().top - view.getBoundingClientRect().top;
  // A whole answer grows no more, and what else changes must not pull the reader back to it.
  if (last.nextElementSibling?.querySelector('span.acts')) follow = false;
};
// What can be done with an answer. Its buttons stand in a span that the server wrote, which names
// the message by its class; what is said of it comes from the server, for this visitor alone.
const said = new Map();
const make = (tag, words, look) => {
  const made = document.createElement(tag);
  if (words) made.textContent = words;
  if (look) made.className = look;
  if (tag === 'button') made.type = 'button';
  return made;
};
const named = span => (span.className.match(/\bm-([0-9a-f]{32})\b/) || [])[1] || '';
const pressed = (button, on) => button.setAttribute('aria-pressed', String(on));
const mark = span => {
  const {verdict = '', reason = ''} = said.get(named(span)) || {};
  span.querySelectorAll('[data-verdict]').forEach(
    one => pressed(one, one.dataset.verdict === verdict));
  const form = why(span);
  if (form) form.querySelectorAll('[data-reason]').forEach(
    one => pressed(one, one.dataset.reason === reason));
};
const tell = (span, words) => { span.querySelector('.told').textContent = words; };
let judging = Promise.resolve();  // one after the other: what was said last is what is kept
const judge = async (span, verdict, more) => {
  const id = named(span), before = said.get(id);
  said.set(id, {verdict, ...more});
  mark(span);
  judging = judging.then(() => reach(server.judge({message: id, verdict, ...more})));
  const told = await judging;
  if (told.problem) { if (before) said.set(id, before); else said.delete(id); }
  else said.set(id, told);
  mark(span);
  tell(span, told.problem || (verdict ? 'Noted here; it is sent nowhere.' : 'Taken back.'));
  return !told.problem;
};
const paragraph = span => span.closest('p') || span;
const why = span => {
  const next = paragraph(span).nextElementSibling;
  return next && next.classList.contains('why') ? next : null;
};
const shut = (span, focus) => {
  const form = why(span);
  if (form) form.remove();
  span.querySelector('[data-verdict="not_right"]').setAttribute('aria-expanded', 'false');
  if (focus) span.querySelector('[data-verdict="not_right"]').focus();
};
const unfold = span => {
  const form = make('div', '', 'why'), words = make('input');
  form.setAttribute('role', 'group');
  form.setAttribute('aria-label', 'What was not right?');
  form.append(make('span', 'What was not right? You may leave this out.', 'lead'));
  for (const [name, text] of REASONS) {
    const one = make('button', text, 'reason');
    one.dataset.reason = name;
    one.addEventListener('click', () => {
      const again = one.getAttribute('aria-pressed') === 'true';
      judge(span, 'not_right', {reason: again ? '' : name, words: words.value});
    });
    form.append(one);
  }
  words.type = 'text';
  words.maxLength = 500;
  words.placeholder = 'In your own words';
  words.setAttribute('aria-label', 'In your own words');
  words.value = (said.get(named(span)) || {}).words || '';
  const keep = make('button', 'Keep', 'keep');
  const done = async () => {
    const {reason = ''} = said.get(named(span)) || {};
    if (await judge(span, 'not_right', {reason, words: words.value})) shut(span, true);
  };
  keep.addEventListener('click', done);
  form.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target === words) { event.preventDefault(); done(); }
    if (event.key === 'Escape') { event.stopPropagation(); shut(span, true); }
  });
  const own = make('div', '', 'own');
  own.append(words, keep);
  form.append(own);
  paragraph(span).after(form);
  span.querySelector('[data-verdict="not_right"]').setAttribute('aria-expanded', 'true');
  mark(span);
  const low = form.getBoundingClientRect().bottom;
  const view = form.closest('.bubble-wrap') || form.closest('.panel-wrap');
  const gap = view ? low - view.getBoundingClientRect().bottom : 0;
  if (gap > -16) view.scrollTop += gap + 24;
  form.querySelector('button').focus({preventScroll: true});
};
const build = span => {
  for (const [verdict, words] of named(span) ? VERDICTS : []) {
    const one = make('button', words);
    one.dataset.verdict = verdict;
    pressed(one, false);
    one.addEventListener('click', async () => {
      const again = one.getAttribute('aria-pressed') === 'true';
      shut(span);
      const kept = await judge(span, again ? '' : verdict, {reason: '', words: ''});
      if (kept && !again && verdict === 'not_right') unfold(span);
    });
    span.append(one);
  }
  const told = make('span', '', 'told');
  told.setAttribute('role', 'status');
  span.append(told);
  if (span.classList.contains('failed')) giveBack(sent().asked);
  if (!named(span)) return;
  if (said.has(named(span))) mark(span); else learn();
};
let learning = null;
const learn = () => { learning = learning || setTimeout(async () => {
  learning = null;
  let told;
  try { told = await server.said({}); } catch { return; }
  for (const [id, one] of Object.entries(told.said || {})) said.set(id, one);
  document.querySelectorAll('#chat span.acts').forEach(span => {
    if (named(span) && !said.has(named(span))) said.set(named(span), {});
    if (named(span) && span.firstChild) mark(span);
  });
}, 100); };
const offerAgain = spans => {
  const rows = document.querySelectorAll('#chat .bot-row'), last = rows[rows.length - 1];
  spans.forEach(span => {
    // A question without an answer can be asked again wherever it stands.
    const [, key = ''] = span.className.match(/\bq-([0-9a-f]{32})\b/) || [];
    const here = span.querySelector('.again'), wanted = key || last && last.contains(span);
    if (here && !wanted) here.remove();
    if (here || !wanted) return;
    const again = make('button', 'Ask again', 'again');
    again.addEventListener('click', event => {
      const box = document.querySelector('#box textarea');
      if (!document.querySelector('#box .submit-button')) {
        tell(span, 'Another answer is on its way: ask again when it has ended.');
        return;
      }
      trigger('running', {});
      trigger('again', {key, nonce: performance.now()});
      if (!event.detail && box) box.focus();  // pressed by keyboard: the button goes away
    });
    span.querySelector('.told').before(again);
  });
};
// What Gradio leaves out for people who use a keyboard or a screen reader.
const mend = () => {
  document.querySelectorAll('#chat pre:not([tabindex])').forEach(pre => { pre.tabIndex = 0; });
  document.querySelectorAll('#chat .examples[role="list"]').forEach(
    list => list.setAttribute('role', 'group'));
  // Gradio names a message by its whole source, links and all.
  document.querySelectorAll('#chat [aria-label^="bot\'s message"]').forEach(
    one => one.setAttribute('aria-label', 'Answer'));
  document.querySelectorAll('#chat [aria-label^="user\'s message"]').forEach(
    one => one.setAttribute('aria-label', 'Question'));
  const spans = document.querySelectorAll('#chat .bot span.acts');
  spans.forEach(span => { if (!span.firstChild) build(span); });
  offerAgain(spans);
};
// The row of conversations is in the page while it is open, and not otherwise. Gradio may make the
// button anew, so it is told again with each change of the chat.
const tellOpen = () => { document.getElementById('talks')?.setAttribute(
  'aria-expanded', String(Boolean(document.getElementById('history')))); };
const leave = () => { follow = false; };
['wheel', 'touchmove', 'keydown', 'mousedown'].forEach(
  name => document.addEventListener(name, leave, {capture: true, passive: true}));
new MutationObserver(() => { mend(); follows(); tellOpen(); }).observe(
  document.getElementById('chat') || document.body, {childList: true, subtree: true});
mend();

const around = document.getElementById('main')?.parentElement;
if (around) new MutationObserver(tellOpen).observe(around, {childList: true});
tellOpen();

watch('value', () => {
  const heading = panel().querySelector('h2');
  panel().scrollTop = 0;
  panel().classList.toggle('open', Boolean(heading));
  if (!heading) { opened = from = null; return; }
  markOpen();
  heading.focus({preventScroll: true});
  showMark();
});
"""
)

# Under the box: what waits in it, and how questions are answered. The server alone knows what may
# be chosen: what it answers is what the row shows.
CONTROLS = (
    REACH
    + SENDING
    + r"""const part = name => element.querySelector('#choose-' + name);
const NAMES = ['scope', 'engine', 'depth'];
let told = null, later = null, asked = 0;

const option = ([value, words]) => {
  const made = document.createElement('option');
  made.value = value;
  made.textContent = words;
  return made;
};
const fill = (name, groups) => {
  const wanted = JSON.stringify(groups), box = part(name);
  if (box.dataset.shown === wanted) return;
  box.dataset.shown = wanted;
  box.replaceChildren(...groups.flatMap(([words, options]) => {
    if (!words) return options.map(option);
    const group = document.createElement('optgroup');
    group.label = words;
    group.append(...options.map(option));
    return [group];
  }));
};
const say = words => { part('told').textContent = words; };
const show = () => {
  fill('scope', told.scopes);
  fill('engine', [['', told.engines]]);
  fill('depth', [['', told.depths]]);
  NAMES.forEach(name => { part(name).value = told[name]; });
  part('scope').closest('.pair').hidden = !told.scopes.length;
  part('engine').closest('.pair').hidden = told.engines.length < 2;
  // What is not as usual is told also while the row is folded up.
  const unusual = NAMES.filter(name => name === 'depth' ? told.depth !== 'normal'
    : name === 'scope' ? told.scope : part('engine').selectedIndex > 0 && told.engines.length > 1);
  const words = unusual.map(name => part(name).selectedOptions[0]).filter(Boolean)
    .map(one => one.textContent);
  part('button').textContent = ['Options', words.join(', ')].filter(Boolean).join(': ');
};
const take = answer => {
  if (answer.problem) { say(answer.problem); return; }
  told = answer;
  show();
};
const load = async () => {
  clearTimeout(later);
  const mine = ++asked;
  let answer;
  try { answer = await server.offered({}); } catch { return; }
  if (mine !== asked) return;  // something was chosen meanwhile
  take(answer);
  if (!answer.ready) later = setTimeout(load, 2000);
};
NAMES.forEach(name => part(name).addEventListener('change', async event => {
  say('');
  const mine = ++asked;
  const answer = await reach(server.choose({[name]: event.target.value}));
  if (mine !== asked) return;
  take(answer);
  if (answer.problem && told) show();  // as it is, not as it was wished
}));
part('button').addEventListener('click', () => {
  const open = element.querySelector('.controls').classList.toggle('open');
  part('button').setAttribute('aria-expanded', String(open));
});
// Engines come and go, and what was added can be asked alone.
window.addEventListener('focus', load);
document.addEventListener('studypath:place', event => { if (event.detail === 'chat') load(); });
load();
"""
)
