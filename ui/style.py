"""How the page looks: tokens, CSS and theme; no data.

Spacing is 4 8 12 16 24, text is 13 (meta), 14 (controls), 16 (reading), 17 to 20 (headings).
Every pair of ink and paper below has a contrast of at least 4.5 to 1.
"""

from typing import Any

FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

_LIGHT = """
  --ink: #0f172a; --ink-2: #475569; --paper: #ffffff; --paper-2: #f8fafc; --line: #cbd5e1;
  --accent: #0f766e; --soft: #ccfbf1; --mark: #fef08a; --mark-ink: #0f172a; --warn: #92400e;
  --code-text: #3f6212; --code-number: #86198f;
"""
_DARK = """
  --ink: #f1f5f9; --ink-2: #a8b5c7; --paper: #0f172a; --paper-2: #1e293b; --line: #334155;
  --accent: #5eead4; --soft: #134e4a; --mark: #854d0e; --mark-ink: #fefce8; --warn: #fbbf24;
  --code-text: #bef264; --code-number: #f0abfc;
"""
# The chat page follows the class that Gradio sets, a page of ours the system's setting itself.
TOKENS = f":root, .light {{{_LIGHT}}} .dark {{{_DARK}}}"
SYSTEM_TOKENS = f":root {{{_LIGHT}}} @media (prefers-color-scheme: dark) {{ :root {{{_DARK}}} }}"

READING = """
.reading { color: var(--ink); font-size: 16px; line-height: 1.6; overflow-wrap: break-word; }
.reading p { margin: 0 0 12px; }
.reading ul, .reading ol { margin: 0 0 12px; padding-left: 24px; }
.reading ul { list-style: disc; }
.reading ol { list-style: decimal; }
.reading code { font-size: 14px; }
.reading pre { margin: 0 0 12px; padding: 12px; overflow-x: auto; border-radius: 8px;
  background: var(--paper-2); border: 1px solid var(--line); }
.reading blockquote { margin: 0 0 12px; padding-left: 12px; border-left: 3px solid var(--line); }
.reading .wide { overflow-x: auto; margin: 0 0 12px; }
.reading table { border-collapse: collapse; font-size: 14px; }
.reading th, .reading td { border: 1px solid var(--line); padding: 4px 8px; text-align: left; }
.reading mark { background: var(--mark); color: var(--mark-ink); border-radius: 2px;
  padding: 1px 0; }
"""

CSS = (
    TOKENS
    + READING
    + """
/* What the browser draws itself (sliders, scroll bars, dates) follows the page. */
:root { color-scheme: light; }
.dark { color-scheme: dark; }

/* The page is as high as the window; the conversation takes what header and box leave. */
.gradio-container { width: 100% !important; min-width: 0 !important; max-width: 1280px !important;
  margin: 0 auto !important; }
.gradio-container .main.app { box-sizing: border-box; width: 100%; height: 100dvh;
  padding: 8px clamp(8px, 2vw, 24px) 12px !important; }
.gradio-container .main.app > .wrap, main.contain, main.contain > .column {
  width: 100%; min-width: 0; height: 100%; min-height: 0; }
main.contain > .column { gap: 8px; }
#brand .html-container, #status .html-container, #panel .html-container { padding: 0; }

#top { align-items: center; flex: 0 0 auto; flex-wrap: nowrap; min-height: 48px; gap: 16px; }
#brand { flex: 0 0 auto; width: auto; min-width: 0; }
#brand h1 { margin: 0; font-size: 20px; line-height: 28px; font-weight: 650;
  letter-spacing: -.01em; color: var(--ink); }
#status { flex: 1 1 0; min-width: 0; }
#status p { margin: 0; font-size: 13px; line-height: 20px; color: var(--ink-2); }
:is(#new, #talks) { flex: 0 0 auto; min-width: 0; min-height: 36px; padding: 0 12px;
  font-size: 14px; font-weight: 500; border: 1px solid var(--line); border-radius: 8px; }

#history { flex: 0 0 auto; align-items: flex-end; gap: 8px; }
#history > * { min-width: 0; }
#history .form { gap: 8px; border: 0; background: none; overflow: visible; }
#history .block { padding: 0; }
#history input { text-overflow: ellipsis; }
#history #title input { height: 40px; }
#choice .wrap-inner { padding: 0 8px; }
#choice .secondary-wrap input { height: 38px; margin: 0; }
#history button { min-height: 40px; border: 1px solid var(--line); border-radius: 8px;
  font-weight: 600; }
#export { flex: 0 0 auto; width: auto; }
#export .html-container { padding: 0; }
#export a { display: inline-block; padding: 8px; line-height: 24px; font-size: 14px;
  color: var(--accent); }

/* Conversation. */
#main { flex: 1 1 0; flex-wrap: nowrap; min-height: 0; gap: 24px; align-items: stretch; }
#talk { min-width: 0; min-height: 0; gap: 12px; }
#chat { flex: 1 1 0; min-height: 0; height: auto !important; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper);
  isolation: isolate; }  /* its arrow to the last message would lie over a phone's sheet */
#chat .icon-button-wrapper { display: none; }  /* its bin knows nothing of our conversation */
#chat .message-row { padding: 0 16px 16px; background: none; }
#chat .user-row { padding-top: 16px; padding-bottom: 4px; }
#chat .bot-row + .user-row { border-top: 1px solid var(--line); }
#chat .message { padding: 0; font-size: 16px; line-height: 1.6; background: none; }
#chat .message .prose { max-width: 72ch; color: var(--ink); opacity: 1; }
#chat .message .prose :is(p, li, td, th, strong, em) { color: var(--ink); }
#chat .user .prose p { font-weight: 650; }
#chat .prose p { margin: 0 0 12px; }
#chat .prose ul { list-style: disc; }
#chat .prose :is(ul, ol) { margin: 0 0 12px; padding-left: 24px; }
#chat .prose li { margin: 0 0 4px; }
#chat .prose table { display: block; overflow-x: auto; border: 0; font-size: 14px; }
#chat .prose :is(td, th) { padding: 4px 12px; word-break: normal; overflow-wrap: normal; }
#chat .prose :is(table, .code_wrap) { margin: 0 0 8px !important; }
#chat .prose table { padding: 0 !important; }
#chat .prose pre { border: 1px solid var(--line); border-radius: 8px; background: var(--paper-2); }
#chat .prose pre code { font-size: 14px; }
#chat pre .token { color: var(--ink); background: none; opacity: 1; }
#chat pre .token:is(.comment, .punctuation, .prolog, .doctype) { color: var(--ink-2); }
#chat pre .token:is(.string, .char, .attr-value, .regex) { color: var(--code-text); }
#chat pre .token:is(.keyword, .tag, .selector, .atrule, .boolean, .important) {
  color: var(--accent); }
#chat pre .token:is(.number, .constant, .symbol, .builtin) { color: var(--code-number); }
#chat .prose :is(table, .code_wrap) + p { margin-top: 0; }
#chat .prose .meta { font-size: 13px; color: var(--ink-2); }
#chat .prose details { font-size: 13px; color: var(--ink-2); }
#chat .prose summary { cursor: pointer; }
#chat .prose .katex { color: var(--ink); }
#chat .prose .katex-display { margin: 0 0 12px; padding: 4px 0; overflow: auto hidden;
  text-align: left; }
/* A long formula goes on in the next line, as text does; what cannot be broken is scrolled. */
#chat .prose .katex-display > .katex { white-space: normal; text-align: left; }
#chat .prose .katex-display > .katex > .katex-html > .base { margin: 4px 0; }
#chat .prose .katex-error { color: var(--ink) !important; font: 14px ui-monospace, monospace; }
#chat .verdict { font-size: 13px; color: var(--ink-2); white-space: nowrap; }
#chat .verdict.unsupported { color: var(--warn); }
/* Inline, not a block of its own: only so does the space before it hold it to its sentence. */
#chat .prose a[href^="#cite-"] {
  padding: 2px 6px; border-radius: 10px; background: var(--soft); color: var(--accent);
  font-size: 13px; font-weight: 600; line-height: 1; white-space: nowrap; text-decoration: none;
  vertical-align: 1px;
}
#chat .prose a[href^="#cite-"]:is(:hover, .open) {
  background: var(--accent); color: var(--paper); }
#chat .prose a[href^="#copy-"] { font-size: 13px; color: var(--ink-2); text-decoration: none; }
#chat .prose a[href^="#copy-"]:hover { color: var(--accent); text-decoration: underline; }
#chat .prose a[href^="/read/"] { color: var(--accent); text-decoration: underline; }

/* Before the first question. */
#chat .panel-wrap:has(.placeholder-content) { height: 100%; }
#chat .placeholder-content { min-height: 100%; justify-content: center; }
#chat .placeholder { flex: 0 0 auto; height: auto; padding: 0 16px; text-align: center; }
#chat .placeholder :is(h2, p) { text-align: center; color: var(--ink); }
#chat .placeholder h2 { margin: 0 0 4px; font-size: 20px; }
#chat .placeholder p { font-size: 14px; color: var(--ink-2); }
#chat .examples { display: flex; flex-direction: column; align-items: stretch; gap: 8px;
  width: 100%; max-width: 480px; margin: 0 auto; }
#chat .example { min-height: 44px; padding: 8px 16px; border: 1px solid var(--line);
  border-radius: 8px; background: var(--paper); color: var(--ink); text-align: left; }
#chat .example:hover { border-color: var(--accent); background: var(--paper-2); }

#box { flex: 0 0 auto; overflow: visible; }
#box .input-container { align-items: flex-end; padding: 4px 4px 4px 8px;
  border: 1px solid #64748b; border-radius: 12px; background: var(--paper); }
#box .input-container:focus-within { border-color: var(--accent);
  box-shadow: 0 0 0 1px var(--accent); }
#box textarea { padding: 8px; font-size: 16px; line-height: 24px; border: 0; background: none;
  box-shadow: none; color: var(--ink); }
#box :is(.submit-button, .stop-button) { flex: 0 0 auto; height: 40px; padding: 0 16px; margin: 0;
  border-radius: 8px; font-size: 14px; font-weight: 600; }
/* Gradio's prefix goes before each comma, also inside :is(), whose rule then outweighs others. */
#box .submit-button { background: var(--accent); color: var(--paper); }
#box .stop-button { background: var(--paper-2); color: var(--ink); border: 1px solid var(--line); }
#box .stop-button:hover { background: var(--paper); }
:is(a, button, [tabindex]):focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; border-radius: 4px; }

/* The passage beside the conversation. */
#side { min-height: 0; }
#panel { max-height: 100%; border: 1px solid var(--line); border-radius: 12px;
  background: var(--paper-2); overflow: hidden auto !important; }  /* Gradio says visible inline */
#panel .sheet { padding: 16px; }
#panel h2 { margin: 4px 0; font-size: 17px; line-height: 1.35; font-weight: 650;
  color: var(--ink); outline: none; }
#panel .number { display: inline-block; box-sizing: border-box; min-width: 20px; height: 20px;
  padding: 0 6px; margin-right: 4px; border-radius: 10px; text-align: center; font-size: 13px;
  line-height: 20px; vertical-align: 1px; background: var(--soft); color: var(--accent); }
#panel :is(.where, .meta) { margin: 0; font-size: 13px; line-height: 20px; color: var(--ink-2); }
#panel .passage { margin: 12px 0; padding-top: 12px; border-top: 1px solid var(--line); }
#panel .passage pre { background: var(--paper); }
#panel p:last-child { margin-bottom: 0; }
#panel a.open { display: inline-block; padding: 4px 0; color: var(--accent); font-size: 14px;
  font-weight: 600; text-decoration: none; }
#panel a.open:hover { text-decoration: underline; }
#panel .close { display: none; }
#panel .empty { margin: 0; font-size: 14px; line-height: 1.6; color: var(--ink-2); }
#quote { position: fixed; z-index: 60; max-width: 360px; padding: 8px 12px; font-size: 14px;
  line-height: 1.5; color: var(--ink); background: var(--paper); border: 1px solid var(--line);
  border-radius: 8px; box-shadow: 0 4px 16px rgb(15 23 42 / .18); pointer-events: none; }

/* A phone: the passage is a sheet from below. */
@media (max-width: 800px) {
  #top { flex-wrap: wrap; gap: 0 8px; }
  #brand { flex: 1 1 0; }
  #status { order: 3; flex: 1 0 100%; }
  :is(#new, #talks) { min-height: 40px; padding: 0 8px; font-size: 13px; }
  #brand { min-width: 124px; }
  #chat .prose a[href^="#cite-"] { padding: 4px 8px; border-radius: 12px; }
  #box :is(.submit-button, .stop-button) { height: 44px; }
  #box textarea { padding: 10px 8px; }
  #side { position: absolute; width: 0; min-width: 0 !important; }
  #panel { position: fixed; z-index: 50; left: 0; right: 0; bottom: 0; width: auto;
    max-height: 70dvh; border-radius: 16px 16px 0 0; border-width: 1px 0 0; visibility: hidden;
    transform: translateY(100%); transition: transform .18s ease-out, visibility 0s .18s;
    box-shadow: 0 -8px 24px rgb(15 23 42 / .18); }
  /* Visible at once, without Gradio's fading: a hidden heading cannot take the focus. */
  #panel .html-container { transition: none; }
  #panel.open { visibility: visible; transform: none; transition: transform .18s ease-out; }
  #panel .where { padding-right: 48px; min-height: 32px; }
  #panel .close { display: block; position: absolute; top: 8px; right: 8px; width: 44px;
    height: 44px; padding: 0; border: 0; border-radius: 22px; background: transparent;
    color: var(--ink-2); font-size: 24px; line-height: 44px; cursor: pointer; }
}
@media (prefers-reduced-motion: reduce) { #panel, #panel.open { transition: none; } }
"""
)

READ_CSS = (
    SYSTEM_TOKENS
    + READING
    + """
body { margin: 0; background: var(--paper); font-family: system-ui, sans-serif; }
main { max-width: 72ch; margin: 0 auto; padding: 24px 16px 48px; }
main > p:first-child a { font-size: 14px; }
a { color: var(--accent); }
h1 { font-size: 24px; line-height: 1.3; margin: 12px 0 4px; }
h2 { font-size: 20px; margin: 24px 0 8px; }
h3 { font-size: 17px; margin: 24px 0 8px; }
h4 { font-size: 16px; margin: 16px 0 8px; }
.meta { color: var(--ink-2); font-size: 13px; }
section { margin-top: 32px; padding-top: 8px; border-top: 1px solid var(--line); }
:target { scroll-margin-top: 16px; background: var(--soft); border-radius: 4px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
"""
)


def theme() -> Any:
    """Build the Gradio theme from the tokens, so that Gradio's own parts keep their contrast."""
    from gradio.themes import Base

    return Base(primary_hue="teal", neutral_hue="slate", font=list(FONT), font_mono=list(MONO)).set(
        body_background_fill="#ffffff",
        body_background_fill_dark="#0f172a",
        body_text_color="#0f172a",
        body_text_color_dark="#f1f5f9",
        body_text_color_subdued="#475569",
        body_text_color_subdued_dark="#a8b5c7",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#0f172a",
        background_fill_secondary="#f8fafc",
        background_fill_secondary_dark="#1e293b",
        border_color_primary="#cbd5e1",
        border_color_primary_dark="#334155",
        block_border_width="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_background_fill="#ffffff",
        block_background_fill_dark="#0f172a",
        input_background_fill="#ffffff",
        input_background_fill_dark="#1e293b",
        input_border_color="#64748b",
        input_border_color_dark="#64748b",
        input_border_width="1px",
        input_placeholder_color="#475569",
        input_placeholder_color_dark="#a8b5c7",
        link_text_color="#0f766e",
        link_text_color_dark="#5eead4",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_dark="#5eead4",
        button_primary_background_fill_hover="#115e59",
        button_primary_background_fill_hover_dark="#99f6e4",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#0f172a",
        button_secondary_background_fill="#f8fafc",
        button_secondary_background_fill_dark="#1e293b",
        button_secondary_text_color="#0f172a",
        button_secondary_text_color_dark="#f1f5f9",
    )
