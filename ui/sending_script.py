"""A question that is sent while an answer is on its way: one script; no data.

Gradio drops what is sent before the event of an answer has ended, and ends it a moment after its
last update. So the box offers "Ask" only from that end on, and until then a question waits here.
"""

# What the box becomes when an event has ended; run in the browser, so that it comes after the end.
READY = "() => ({__type__: 'update', stop_btn: false, submit_btn: 'Ask'})"

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
  if (field().value.trim()) hold(field().value);
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
