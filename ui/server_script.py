"""How the scripts of the page's places call the server; no data."""

REACH = r"""
const UNREACHABLE = 'studypath does not answer: is it still running?';
// Of a server that has gone Gradio gives nothing, or nothing for ever: both count as lost.
const within = async (call, seconds) => {
  const told = await Promise.race([
    call, new Promise((_, lose) => setTimeout(lose, 1000 * seconds, new Error('no answer')))]);
  if (!told) throw new Error('no answer');
  return told;
};
const reach = async call => {
  try { return await within(call, 60); } catch { return {problem: UNREACHABLE}; }
};
"""
