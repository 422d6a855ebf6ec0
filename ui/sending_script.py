"""A question on its way from the box to the server, and the next one meanwhile; no data.

The box is emptied in the browser, in the moment in which its question is sent: what is typed from
then on is the next question. The server never writes into it. Gradio drops what is sent before the
event of an answer has ended, and ends it a moment after its last update. So the box offers "Ask"
only from that end on, and until then a question waits here.
"""

_BOX = "const box = document.getElementById('box').dataset;"

# What the box becomes when its question is sent; the words wait in the page for the next step.
SENT = f"""words => {{
  {_BOX}
  if (!words || !words.trim()) return {{__type__: 'update'}};
  box.next = box.asked = box.waits = words;
  return {{__type__: 'update', value: '', submit_btn: false, stop_btn: 'Stop'}};
}}"""

# Gives the server what waits, once.
TAKEN = f"""() => {{
  {_BOX}
  const words = box.next || '';
  box.next = '';
  return words;
}}"""

# What is typed while a question is asked again stays.
RUNNING = f"""() => {{
  {_BOX}
  box.asked = '';
  return {{__type__: 'update', submit_btn: false, stop_btn: 'Stop'}};
}}"""

# What the box becomes when an event has ended; run in the browser, so that it comes after the end.
# A question that never came into the conversation comes back, unless another has been begun.
READY = f"""async () => {{
  {_BOX}
  const soon = () => new Promise(done => setTimeout(done, 50));
  for (let looks = 0; looks < 10 && box.waits; looks += 1) await soon();
  const ready = {{__type__: 'update', stop_btn: false, submit_btn: 'Ask'}};
  const field = document.querySelector('#box textarea');
  if (box.waits && field && !field.value) ready.value = box.waits;
  box.waits = '';
  return ready;
}}"""

# For the script of the conversation, which sees what came into it.
COMING_BACK = r"""
const SLOW = 1500;  // ms after which a question that has not come to the server is shown again
const LOST = 'studypath-question';
const sent = () => document.getElementById('box').dataset;
const typed = () => document.querySelector('#box textarea');
const write = words => {
  typed().value = words;
  typed().dispatchEvent(new Event('input', {bubbles: true}));
};
// A question comes back into the box, to be sent again or changed, unless another has been begun.
const giveBack = words => { if (words && typed() && !typed().value) write(words); };
// It stands in the conversation.
const arrived = () => {
  if (sent().back && typed().value === sent().back) write('');
  sent().waits = sent().back = '';
};
// Gradio loads the page anew when the server was lost: what had not come there is not lost with it.
addEventListener('pagehide', () => {
  try { if (sent().waits) sessionStorage.setItem(LOST, sent().waits); } catch { /* forbidden */ }
});
const watchBox = () => {
  const box = document.getElementById('box');
  if (!box || !typed()) {  // not there yet
    setTimeout(watchBox, 100);
    return;
  }
  try {
    giveBack(sessionStorage.getItem(LOST));
    sessionStorage.removeItem(LOST);
  } catch { /* forbidden */ }
  new MutationObserver(() => {
    const words = sent().waits;
    if (words) setTimeout(() => {
      if (sent().waits !== words || typed().value) return;
      giveBack(words);
      sent().back = words;
    }, SLOW);
  }).observe(box, {attributes: true, attributeFilter: ['data-waits']});
};
watchBox();
"""

SENDING = r"""
const WAITS = 'Your question is asked when this answer has ended.';
const field = () => document.querySelector('#box textarea');
const sender = () => document.querySelector('#box .submit-button');
let held = null;  // the question that waits
const hold = words => {
  held = words;
  element.querySelector('#box-told').textContent = words === null ? '' : WAITS;
};
document.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  if (event.target !== field() || sender()) return;
  event.preventDefault();
  event.stopPropagation();
  const words = field().value;  // it may be the question that is on its way already
  if (words.trim() && words !== document.getElementById('box').dataset.waits) hold(words);
}, true);
// A question that is changed is not the one that was sent, nor meant for another conversation.
document.addEventListener('input', event => { if (event.target === field()) hold(null); }, true);
document.addEventListener('click', event => {
  const away = '#box .stop-button, #new, #history';
  if (event.target.closest && event.target.closest(away)) hold(null);
}, true);
new MutationObserver(() => {
  if (held === null || !sender()) return;
  const words = held, box = field();
  hold(null);
  if (box.value !== words) {  // a question that failed came back into the box
    box.value = words;
    box.dispatchEvent(new Event('input', {bubbles: true}));
  }
  sender().click();
}).observe(document.getElementById('box') || document.body, {childList: true, subtree: true});
"""
