"""The row of controls under the question box, what stands below an answer, and their looks."""

CONTROLS = (
    '<p id="box-told" role="status"></p>'
    '<div class="controls"><button type="button" id="choose-button" aria-expanded="false"'
    ' aria-controls="choose-row">Options</button>'
    '<div id="choose-row" role="group" aria-label="How questions are answered">'
    '<div class="pair"><label for="choose-scope">Scope</label>'
    '<select id="choose-scope"><option value="">Whole path</option></select></div>'
    '<div class="pair" hidden><label for="choose-engine">Engine</label>'
    '<select id="choose-engine"></select></div>'
    '<div class="pair"><label for="choose-depth">Depth</label>'
    '<select id="choose-depth"><option value="normal">Normal</option></select></div>'
    '<span id="choose-told" role="status"></span></div></div>'
)

CSS = """
#controls { flex: 0 0 auto; overflow: visible; }
#controls .html-container { padding: 0; overflow: visible; }
#box-told { margin: 0 0 4px; font-size: 13px; color: var(--ink-2); }
#box-told:empty { display: none; }
#choose-button { display: none; }
#choose-row { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px;
  min-height: 32px; }
#choose-row .pair { display: flex; align-items: center; gap: 8px; min-width: 0; font-size: 13px;
  color: var(--ink-2); }
#choose-row .pair[hidden] { display: none; }
#choose-row select { min-width: 0; max-width: 280px; height: 32px; padding: 0 28px 0 8px;
  border: 1px solid var(--line); border-radius: 8px; font-size: 13px; color: var(--ink);
  background-color: var(--paper); cursor: pointer; text-overflow: ellipsis; }
#choose-row select:hover { border-color: #64748b; }
#choose-row select:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#choose-row :is(option, optgroup) { color: var(--ink); background: var(--paper); }
#choose-told { font-size: 13px; color: var(--warn); }
#choose-told:empty { display: none; }

/* What can be done with an answer, on the line of its copy. */
#chat .prose p:has(> span.acts) { display: flex; flex-wrap: wrap; align-items: center;
  gap: 4px 8px; margin-top: 4px; font-size: 13px; }
#chat .prose p:has(> span.acts) > a { margin-right: 8px; }
#chat span.acts { display: contents; }
#chat span.acts button, #chat .why button { min-height: 28px; padding: 0 10px; font-size: 13px;
  line-height: 20px; border: 1px solid var(--line); border-radius: 8px; background: none;
  color: var(--ink-2); cursor: pointer; }
#chat span.acts button:hover, #chat .why button:hover { color: var(--ink);
  border-color: #64748b; }
#chat span.acts button[aria-pressed="true"], #chat .why button[aria-pressed="true"] {
  border-color: var(--accent); background: var(--soft); color: var(--accent); font-weight: 600; }
#chat span.acts .told { color: var(--ink-2); }
#chat span.acts .told:empty { display: none; }
#chat .why { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; max-width: 72ch;
  margin: 0 0 12px; padding: 12px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--paper-2); }
#chat .why .lead { flex: 1 0 100%; font-size: 13px; color: var(--ink-2); }
#chat .why .own { display: flex; flex: 1 0 100%; gap: 8px; }
#chat .why input { flex: 1 1 200px; min-width: 0; height: 36px; padding: 0 10px; font-size: 14px;
  border: 1px solid #64748b; border-radius: 8px; background: var(--paper); color: var(--ink); }
#chat .why input::placeholder { color: var(--ink-2); opacity: 1; }
#chat .why input:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#chat .why .keep { background: var(--accent); color: var(--paper); border-color: var(--accent);
  font-weight: 600; min-height: 36px; }
#chat .why .keep:hover { color: var(--paper); border-color: var(--accent); }

/* The passage: its context first, all of it on demand, then what can be done with it. */
#panel details summary { padding: 4px 0; font-size: 14px; color: var(--accent); cursor: pointer; }
#panel details:not([open]) .opened, #panel details[open] .closed { display: none; }
#panel .passage:has(details[open]) .short { display: none; }
#panel details[open] summary { margin-bottom: 8px; }
#panel .short > :last-child { margin-bottom: 4px; }
#panel .acts { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 0; }
#panel .acts > * { display: inline-flex; align-items: center; min-height: 36px; padding: 0 12px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--paper); color: var(--ink);
  font-size: 14px; font-weight: 600; text-decoration: none; cursor: pointer; }
#panel .acts > *:hover { border-color: var(--accent); color: var(--accent); }

@media (max-width: 800px) {
  #choose-button { display: inline-flex; align-items: center; max-width: 100%; min-height: 44px;
    padding: 0 4px; font-size: 13px; color: var(--ink-2); overflow: hidden;
    white-space: nowrap; text-overflow: ellipsis; }
  #choose-button::after { content: "▾"; margin-left: 6px; }
  #choose-button[aria-expanded="true"]::after { content: "▴"; }
  .controls:not(.open) #choose-row { display: none; }
  #choose-row { gap: 8px; }
  #choose-row .pair { flex: 1 0 100%; }
  #choose-row label { flex: 0 0 52px; }
  #choose-row select { flex: 1 1 0; max-width: none; height: 44px; font-size: 16px; }
  #talk { gap: 4px; }
  #chat span.acts button, #chat .why button { min-height: 44px; }
  #chat .prose p:has(> span.acts) > a { display: inline-flex; align-items: center;
    min-height: 44px; }
  #chat .why input { height: 44px; font-size: 16px; }
  #panel .acts > * { min-height: 44px; }
  #panel details summary { padding: 12px 0; }
}
"""
