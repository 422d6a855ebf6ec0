"""The places of the page, one of which is shown: their tabs, how these look, and one script."""

from html import escape

# Name, words, and the element inside `#<name>` that holds it; the chat comes first and is there
# without a name.
PLACES = (
    ("chat", "Chat", "main"),
    ("path", "My path", "path-page"),
    ("review", "Review", "review-page"),
    ("sources", "Sources", "sources-page"),
    ("evaluation", "Evaluation", "evaluation-page"),
)


def header_html() -> str:
    """Write the name of the page with a tab for each place; the first is chosen."""
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-{name}" data-place="{name}"'
        f' aria-controls="{part}" aria-selected="{str(not n).lower()}"'
        f"{' tabindex=-1' if n else ''}>{escape(words)}</button>"
        for n, (name, words, part) in enumerate(PLACES)
    )
    due = '<button type="button" id="due" hidden></button>'
    return f'<h1>studypath</h1><div role="tablist" aria-label="Places">{tabs}</div>{due}'


HIDDEN = ",\n".join(
    f':root:not([data-place="{name}"]) #{name}' for name, _, _ in PLACES if name != "chat"
)
# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = (
    f"{HIDDEN} {{ display: none; }}"
    + """
#brand .html-container > div { display: flex; align-items: center; flex-wrap: wrap; gap: 0 16px; }
[role="tablist"] { display: flex; gap: 4px; }
[role="tab"] { min-height: 36px; padding: 0 12px; border: 0; border-radius: 8px 8px 0 0;
  font-size: 14px; font-weight: 500; color: var(--ink-2); background: none; cursor: pointer;
  white-space: nowrap; }
[role="tab"]:hover { color: var(--ink); background: var(--paper-2); }
[role="tab"][aria-selected="true"] { color: var(--accent); font-weight: 650;
  box-shadow: inset 0 -2px 0 var(--accent); }
:root[data-place]:not([data-place="chat"]) #main,
:root[data-place]:not([data-place="chat"]) #new,
:root[data-place]:not([data-place="chat"]) #talks,
:root[data-place]:not([data-place="chat"]) #history,
:root[data-place]:not([data-place="chat"]) #quote { display: none; }
@media (max-width: 800px) {
  /* The tabs have a line of their own, below the name and what stands beside it. */
  #top { align-items: flex-start; }
  #top #new, #top #talks { min-height: 36px; }
  #brand .html-container > div { gap: 0; }
  #brand h1 { font-size: 16px; line-height: 36px; }
  [role="tablist"] { flex: 1 0 100%; gap: 0; }
  [role="tab"] { min-height: 44px; padding: 0 8px; }
}
@media (max-width: 380px) { [role="tab"] { padding: 0 6px; font-size: 13px; } }
@media (max-width: 350px) {
  #top #brand { flex: 1 0 100%; }
  [role="tab"] { padding: 0 4px; font-size: 12px; }
}
"""
)

# A place hears of its turn by an event on the document, `studypath:place`.
SCRIPT = r"""
const root = document.documentElement;
const tabs = () => [...document.querySelectorAll('[role="tab"][data-place]')];
const markTabs = () => tabs().forEach(tab => {
  const here = tab.dataset.place === (root.dataset.place || 'chat');
  tab.setAttribute('aria-selected', String(here));
  tab.tabIndex = here ? 0 : -1;
});
const go = name => {
  root.dataset.place = name;
  markTabs();
  // What follows the name of a place says what is open in it.
  if (location.hash.split('=')[0] !== '#' + name) history.replaceState(history.state, '',
    name === 'chat' ? location.pathname + location.search : '#' + name);
  // What had the focus may be hidden now, and the next Tab would begin at the top of the page.
  const at = document.activeElement;
  if (at && at !== document.body && !at.getClientRects().length)
    document.getElementById('tab-' + name)?.focus({preventScroll: true});
  document.dispatchEvent(new CustomEvent('studypath:place', {detail: name}));
};
document.addEventListener('click', event => {
  const tab = event.target.closest && event.target.closest('[role="tab"][data-place]');
  if (tab) go(tab.dataset.place);
});
document.addEventListener('keydown', event => {
  if (!event.target.matches || !event.target.matches('[role="tab"][data-place]')) return;
  const all = tabs(), at = all.indexOf(event.target), last = all.length - 1;
  const to = {ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last,
    Home: 0, End: last}[event.key];
  if (to === undefined) return;
  event.preventDefault();
  go(all[to].dataset.place);
  all[to].focus();
});
// The header and the conversation may be drawn after this.
const mend = () => {
  const chat = document.getElementById('main');
  if (!chat || !tabs().length) return false;
  chat.setAttribute('role', 'tabpanel');
  chat.setAttribute('aria-labelledby', 'tab-chat');
  const name = location.hash.slice(1).split('=')[0].replace(/^next$/, 'path');  // as it was once
  const named = tabs().some(tab => tab.dataset.place === name);
  if (named && name !== 'chat') go(name); else markTabs();
  return true;
};
if (!mend()) new MutationObserver((changes, watcher) => { if (mend()) watcher.disconnect(); })
  .observe(document.body, {childList: true, subtree: true});
"""
