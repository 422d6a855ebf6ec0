"""The pages of logging in, which hold no script, and what the page of a group has more than others.

That is the button that logs out, and a notice when a login has expired or a limit is reached.
"""

import re
from html import escape
from typing import TYPE_CHECKING

from ui.pages import whole_page
from ui.style import READ_CSS

if TYPE_CHECKING:
    import gradio as gr

WRONG = "The name or the password is not right. Please try again."
FORGOTTEN = "No password, or a forgotten one? Who runs this studypath can give you a new one."
BACK = "/login/done"  # where a login in another tab ends
AFTER = re.compile(r"/|/login/done|/read/[\w-]{1,200}")

EXPIRED = (
    "Your login has expired. What you typed is kept: log in again in another tab and go on here."
)

_CSS = (
    READ_CSS
    + """
main.login { max-width: 360px; padding-top: 12vh; }
.login h1 { margin: 0 0 4px; }
.login form { margin: 24px 0; }
.login label { display: block; margin: 16px 0 4px; font-size: 14px; font-weight: 500; }
.login input { box-sizing: border-box; width: 100%; min-height: 44px; padding: 8px 12px;
  font: inherit; color: var(--ink); background: var(--paper-2);
  border: 1px solid var(--ink-2); border-radius: 8px; }
.login button { display: block; width: 100%; min-height: 44px; margin-top: 24px; border: 0;
  border-radius: 8px; font: inherit; font-weight: 600; color: var(--paper);
  background: var(--accent); cursor: pointer; }
.login .problem { margin: 0 0 16px; padding: 12px; border-radius: 8px; color: var(--ink);
  background: var(--paper-2); border-left: 3px solid var(--warn); }
"""
)


def after(text: str) -> str:
    """Give where a login leads: a page of ours, never another's."""
    return text if AFTER.fullmatch(text) else "/"


def login_page(problem: str = "", name: str = "", then: str = "/") -> str:
    """Write the form; `problem` says in a sentence why the try before it failed."""
    told = f'<p class="problem" id="problem" role="alert">{escape(problem)}</p>' if problem else ""
    wrong = ' aria-invalid="true" aria-describedby="problem"' if problem else ""
    first, second = ("", " autofocus") if name else (" autofocus", "")
    return page(
        "Log in",
        "<h1>Log in to studypath</h1>"
        '<p class="meta">Your conversations, your progress and your cards are yours alone.</p>'
        f'<form method="post" action="/login">{told}'
        f'<input type="hidden" name="then" value="{escape(after(then))}">'
        '<label for="username">Name</label>'
        f'<input id="username" name="username" value="{escape(name)}" required maxlength="64"'
        f' autocomplete="username" autocapitalize="none" spellcheck="false"{first}{wrong}>'
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" required maxlength="1000"'
        f' autocomplete="current-password"{second}{wrong}>'
        f'<button type="submit">Log in</button></form><p class="meta">{FORGOTTEN}</p>',
    )


def done_page(name: str) -> str:
    """Write what stands in the other tab after a login there."""
    return page(
        "You are logged in",
        f"<h1>You are logged in</h1><p>Welcome back, {escape(name)}. Close this tab and go on where"
        ' you were, or <a href="/">open studypath here</a>.</p>',
    )


def told_page(title: str, words: str) -> str:
    """Write one sentence as a page."""
    home = '<p><a href="/">studypath</a></p>'
    return page(title, f"<h1>{escape(title)}</h1><p>{escape(words)}</p>{home}")


def page(title: str, body: str) -> str:
    """Write a page around its body."""
    return whole_page(title, _CSS, f'<main class="reading login">{body}</main>')


# ── on the page of the group ────────────────────────────────────────────────────────────────────

# The name is put in by the script: the page itself is the same for everybody.
ACCOUNT = (
    '<form method="post" action="/logout"><button type="submit">Log out <span></span></button>'
    "</form>"
)
CSS = """
#account { flex: 0 0 auto; width: auto; min-width: 0; }
#account .html-container { padding: 0; }
#account button { min-height: 36px; padding: 0 12px; border: 1px solid var(--line);
  border-radius: 8px; font-size: 14px; color: var(--ink-2); background: none; cursor: pointer;
  white-space: nowrap; max-width: 24ch; overflow: hidden; text-overflow: ellipsis; }
#account button:hover { color: var(--ink); background: var(--paper-2); }
#account button:focus-visible, #notice :focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
#notice { position: fixed; z-index: 1000; left: 50%; top: 72px; transform: translateX(-50%);
  box-sizing: border-box; width: min(560px, calc(100vw - 16px)); padding: 12px 16px;
  border: 1px solid var(--line); border-left: 3px solid var(--warn); border-radius: 12px;
  color: var(--ink); background: var(--paper-2); box-shadow: 0 8px 24px rgb(15 23 42 / .25);
  font: 16px/1.5 system-ui, sans-serif; }
#notice[hidden] { display: none; }
#notice p { margin: 0; color: var(--ink); }
#notice div { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
#notice a, #notice button { display: inline-flex; align-items: center; min-height: 44px;
  padding: 0 16px; border-radius: 8px; border: 1px solid var(--line); font-size: 14px;
  font-family: inherit; color: var(--ink); background: var(--paper); text-decoration: none;
  cursor: pointer; }
#notice a { color: var(--paper); background: var(--accent); border-color: var(--accent);
  font-weight: 600; }
@media (max-width: 800px) {
  /* A slim line below the tabs; what can be touched is higher than what is seen. */
  #account { order: 4; flex: 1 0 100%; }
  #account form { display: flex; justify-content: flex-end; }
  #account button { min-height: 44px; margin: -10px 0 -6px; padding: 0 4px; border: 0;
    max-width: 100%; font-size: 13px; }
  #account button:hover { background: none; }
  #notice { top: 124px; }
}
"""

# Gradio calls the server by `fetch`, and when it is turned away puts “Error” in place of the
# conversation. So who is logged out is told so, and what the page wanted to send waits for the next
# login. The door's own answers are known by their header; words only by `textContent`.
SCRIPT = (
    r"""
const EXPIRED = '"""
    + EXPIRED
    + r"""';
const ask = window.fetch.bind(window);
let me = '', lost = false;

const box = document.createElement('div');
box.id = 'notice';
box.hidden = true;
const words = document.createElement('p');
words.setAttribute('role', 'alert');
const again = document.createElement('a');
again.href = '/login?then=/login/done';
again.target = '_blank';
again.rel = 'noopener';
again.textContent = 'Log in again';
const close = document.createElement('button');
close.type = 'button';
close.textContent = 'Close';
close.addEventListener('click', () => { box.hidden = true; });
const row = document.createElement('div');
row.append(again, close);
box.setAttribute('role', 'region');
box.setAttribute('aria-label', 'Notice');
box.append(words, row);
document.body.prepend(box);

const tell = (said, out) => {
  lost = lost || out;
  again.style.display = out ? '' : 'none';
  if (!box.hidden && words.textContent === said) return;
  box.hidden = false;
  words.textContent = said;
};
let waiting = [];
window.fetch = async (...asked) => {
  for (;;) {
    const answer = await ask(...asked);
    if (!answer.headers.get('x-studypath-door')) return answer;
    if (answer.status !== 401) {
      const told = await answer.clone().json().catch(() => ({}));
      tell(String(told.detail || ''), false);
      return answer;
    }
    tell(EXPIRED, true);
    await new Promise(go => waiting.push(go));  // and is sent once more after the next login
  }
};
const look = async () => {
  try {
    const answer = await ask('/login/who', {cache: 'no-store'});
    if (answer.status === 401) { tell(EXPIRED, true); return; }
    if (!answer.ok) return;
    const name = String((await answer.json()).user);
    if (me && name !== me) { location.reload(); return; }
    me = name;
    const place = document.querySelector('#account form span');
    if (place) place.textContent = name;
    if (lost) { lost = false; box.hidden = true; }
    const go = waiting;
    waiting = [];
    go.forEach(one => one());
  } catch { /* the server is not there: Gradio says so itself */ }
};
// Also a page that is shown again from memory, by the browser's Back, must not outlive its login.
addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
addEventListener('focus', look);
setInterval(() => { if (lost && !document.hidden) look(); }, 3000);
look();
"""
)


def build_account(blocks: "gr.Blocks") -> None:
    """Place the button and the script at the end of the header, while the page is being built."""
    import gradio as gr

    (header,) = (block for block in blocks.blocks.values() if block.elem_id == "top")
    assert isinstance(header, gr.Row)
    with header:
        gr.HTML(ACCOUNT, elem_id="account", apply_default_css=False, js_on_load=SCRIPT)
