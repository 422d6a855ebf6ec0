"""How the Sources tab looks: CSS; no data."""

# Gradio takes a selector apart at every comma, also inside `:is(…)`, and what is left of it weighs
# more: no list of selectors stands in parentheses here.
CSS = """
#sources { flex: 1 1 0; min-height: 0; overflow-y: auto !important; border: 1px solid var(--line);
  border-radius: 12px; background: var(--paper); }
#sources .html-container { padding: 0; }
#sources-page { padding: 16px 24px 24px; color: var(--ink); font-size: 14px; line-height: 20px; }
#sources-page .unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
#sources-page [hidden] { display: none; }
#sources-page h2 { margin: 0 0 8px; font-size: 18px; line-height: 28px; font-weight: 650;
  color: var(--ink); }
#sources-page code { font-size: 13px; color: var(--ink); }
#sources-page input, #sources-page select { box-sizing: border-box; min-width: 0; height: 36px;
  padding: 0 8px; border: 1px solid #64748b; border-radius: 8px; font: inherit;
  color: var(--ink); background-color: var(--paper); }
#sources-page select { max-width: 260px; padding-right: 32px; text-overflow: ellipsis; }
#sources-page input::placeholder { color: var(--ink-2); opacity: 1; }
#sources-page input:focus-visible, #sources-page select:focus-visible,
#sources-page summary:focus-visible { outline: 2px solid var(--accent); outline-offset: -1px; }
#sources-page label { display: flex; flex-direction: column; gap: 4px; min-width: 0;
  font-size: 13px; font-weight: 500; color: var(--ink-2); }
#sources-page button { min-height: 36px; padding: 0 16px; border: 1px solid var(--line);
  border-radius: 8px; font: inherit; font-weight: 600; color: var(--ink);
  background: var(--paper-2); cursor: pointer; }
#sources-page button:hover { border-color: var(--accent); color: var(--accent); }
#sources-page button[type="submit"] { border: 0; font-weight: 600; color: var(--paper);
  background: var(--accent); }
#sources-page button[type="submit"]:hover { color: var(--paper); }
#sources-page button:disabled { opacity: .6; cursor: default; }
#sources-page .hint { margin: 0; color: var(--ink-2); font-size: 13px; }
#sources-page .empty { margin: 0; padding: 16px 0; color: var(--ink-2); }

/* Adding. */
#sources-add { margin-bottom: 16px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--paper-2); }
#sources-add summary { padding: 12px 16px; border-radius: 12px; cursor: pointer; }
#sources-add summary h3 { display: inline; margin: 0; font-size: 14px; font-weight: 650;
  color: var(--ink); }
#sources-add form { display: grid; grid-template-columns: 2fr 1.6fr 1.4fr auto; gap: 8px 12px;
  align-items: end; padding: 0 16px 12px; }
#sources-add .hint { grid-column: 1 / -1; }
#sources-page #sources-into { max-width: none; }
#sources-page #sources-file { padding: 4px; }
#sources-file::file-selector-button { height: 26px; margin-right: 8px; padding: 0 8px; border: 0;
  border-radius: 4px; font: inherit; color: var(--ink); background: var(--soft); cursor: pointer; }
#sources-told { margin: 0; overflow-wrap: anywhere; }
#sources-told:not(:empty) { margin-bottom: 16px; }
#sources-told.problem { color: var(--warn); font-weight: 500; }

/* Reading. */
#sources-page .reads { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
#sources-page .reads:not(:empty) { margin-bottom: 16px; }
#sources-page .reads .hint { flex: 1 1 320px; }

/* Filters. */
#sources-page .filters { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; }
#sources-page .find { flex: 1 1 280px; max-width: 480px; }
#sources-choices { display: contents; }
#sources-page .states { order: 9; flex: 1 0 100%; display: flex; flex-wrap: wrap; gap: 8px; }

/* A status is a word, with a shape and a colour beside it. */
#sources-page .state { white-space: nowrap; color: var(--ink-2); }
#sources-page .state::before { display: inline-block; width: 18px; }
#sources-page .good::before { content: "●" / ""; }
#sources-page .half::before { content: "◐" / ""; }
#sources-page .bad::before { content: "○" / ""; }
#sources-page .quiet::before { content: "–" / ""; }
#sources-page .good { color: var(--accent); }
#sources-page .half, #sources-page .bad { color: var(--warn); }
#sources-page button.state { min-height: 32px; padding: 0 12px 0 8px; border-radius: 16px;
  background: var(--paper); font-size: 13px; font-weight: 500; }
#sources-page button.state:hover { background: var(--paper-2); }
#sources-page button.state[aria-pressed="true"] { background: var(--soft); color: var(--ink);
  border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }

/* What is held back, and the passages of one source. */
#sources-held { margin-top: 12px; border: 1px solid var(--line); border-radius: 8px; }
#sources-held summary { padding: 8px 12px; border-radius: 8px; font-weight: 500;
  color: var(--warn); cursor: pointer; }
#sources-held .inside { padding: 8px 12px 12px; }
#sources-held article:first-of-type { border-top: 0; }
#sources-page .inside article { padding: 12px 0; border-top: 1px solid var(--line); }
#sources-page .inside article:first-child { border-top: 0; }
#sources-page .inside .where { margin: 0 0 4px; color: var(--ink-2); font-size: 13px; }
#sources-page .inside .number { font-variant-numeric: tabular-nums; font-weight: 650; }
#sources-page .inside .held { margin: 0 0 4px; color: var(--warn); font-weight: 500; }
#sources-page .inside .reading { max-width: 72ch; font-size: 14px; }
#sources-page .inside .reading :last-child { margin-bottom: 4px; }
#sources-page .inside p { margin-top: 0; }
#sources-page .inside a { color: var(--accent); font-weight: 500; text-decoration: none; }
#sources-page .inside a:hover { text-decoration: underline; }
#sources-page .inert { max-width: 72ch; margin: 0; padding: 8px 12px; border-radius: 8px;
  border: 1px solid var(--line); color: var(--ink); background: var(--paper-2);
  font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
#sources-page .pages { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px;
  margin: 8px 0 0; color: var(--ink-2); font-size: 13px; }
#sources-ledger tr.inside { background: var(--paper-2); }
#sources-ledger tr.inside td { padding: 0 16px 12px; }
#sources-page button.plain { min-height: 24px; padding: 0; border: 0; background: none;
  color: var(--accent); font-weight: 500; font-size: 13px; }
#sources-page button.plain:hover { text-decoration: underline; }
#sources-page .reason button.plain { display: block; min-height: 28px; }

/* The ledger. */
#sources-ledger { margin-top: 12px; }
#sources-ledger.late { opacity: .6; }
#sources-page .caption { margin: 0; padding: 4px 0 8px; text-align: left; font-size: 13px;
  color: var(--ink-2); }
#sources-ledger table { width: 100%; margin: 0; padding: 0; border: 0; border-collapse: collapse;
  table-layout: fixed; }
#sources-ledger th, #sources-ledger td { padding: 8px 12px 8px 0; border: 0; text-align: left;
  vertical-align: top; font-weight: 400; overflow-wrap: anywhere; }
#sources-ledger tbody tr { border-top: 1px solid var(--line); }
#sources-ledger thead th { font-size: 13px; font-weight: 600; color: var(--ink-2); }
#sources-ledger .section th { padding: 24px 0 8px; font-size: 14px; font-weight: 650; }
#sources-ledger thead .kind { width: 14%; }
#sources-ledger thead .status { width: 136px; }
#sources-ledger thead .passages { width: 108px; }
#sources-ledger thead .saved { width: 108px; }
#sources-ledger thead .reason { width: 24%; }
#sources-ledger .passages { padding-right: 24px; text-align: right;
  font-variant-numeric: tabular-nums; }
#sources-ledger td { font-size: 13px; }
#sources-ledger .kind, #sources-ledger .saved, #sources-ledger .reason, #sources-ledger .host {
  color: var(--ink-2); font-size: 13px; }
#sources-ledger .host { display: block; }
#sources-ledger .unit { display: none; }
#sources-ledger a { color: var(--accent); font-weight: 500; text-decoration: none; }
#sources-ledger a:hover { text-decoration: underline; }

/* A phone: each source is a small card, and the words of the head stand with the numbers. */
@media (max-width: 800px) {
  #sources { border: 0; border-radius: 0; }
  #sources-page { padding: 0 4px 16px; }
  #sources-page input, #sources-page select, #sources-page button { height: 44px;
    min-height: 44px; font-size: 16px; }
  #sources-page button.plain { height: auto; min-height: 44px; font-size: 14px; }
  #sources-page .reads > button { flex: 1 0 100%; font-size: 14px; }
  #sources-ledger tr.inside td { flex: 1 0 100%; min-width: 0; padding: 0 8px 12px;
    line-height: 20px; }
  #sources-page button.state { height: 36px; min-height: 36px; font-size: 13px; }
  #sources-file::file-selector-button { height: 34px; }
  #sources-add form { grid-template-columns: minmax(0, 1fr); padding: 0 12px 12px; }
  #sources-add summary { padding: 12px; }
  #sources-page .find { flex: 1 0 100%; max-width: none; }
  #sources-choices > label { flex: 1 1 0; }
  #sources-page select { width: 100%; max-width: none; }
  #sources-ledger table, #sources-ledger caption, #sources-ledger tbody { display: block; }
  #sources-ledger thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  #sources-ledger tr { display: flex; flex-wrap: wrap; align-items: center; gap: 0 12px;
    padding: 8px 0; }
  #sources-ledger th, #sources-ledger td { padding: 0; text-align: left; }
  #sources-ledger tbody th { flex: 1 0 100%; font-size: 16px; }
  #sources-ledger tr.section { padding: 24px 0 8px; }
  #sources-ledger .section th { padding: 0; }
  #sources-ledger td { line-height: 24px; }
  #sources-ledger td:empty { display: none; }
  #sources-ledger .reason { flex: 1 0 100%; line-height: 20px; }
  #sources-ledger .unit { display: inline; }
}
"""
