"""The Evaluation place: runs made, shown and compared; what the browser sends is checked."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ingest.errors import InputError
from ui.edge import NO_COOKIE, must_be
from ui.evaluation_page import (
    SIZES,
    choices_html,
    last_html,
    past_html,
    shell_html,
    takes,
)
from ui.evaluation_pair import compared_html
from ui.evaluation_runs import EVALUATE, Runs
from ui.evaluation_style import SCRIPT
from ui.job_words import jobs_told
from ui.pages import visitor_of
from ui.sources_tab import answered, change_job, text_in

if TYPE_CHECKING:
    from ui.jobs import Jobs
    from ui.sessions import Sessions

MANY_WAIT = "Ten runs wait already: let some of them end, or cancel them, then try again."


def command(size: str) -> tuple[str, ...]:
    """Write the command of a run; quotes answer, so that nothing leaves this machine."""
    if size not in SIZES:
        raise InputError("This is no size of a run: load the page again.")
    return ("eval", f"--limit={SIZES[size]}", "--engine=extractive")


def build_evaluation(jobs: "Jobs", sessions: "Sessions", runs: Runs) -> None:
    """Place the tab inside the page that is being built."""
    import gradio as gr

    gr.HTML(
        shell_html(),
        elem_id="evaluation",
        apply_default_css=False,
        js_on_load=SCRIPT,
        server_functions=server_functions(Bench(jobs, runs), sessions),
    )


def server_functions(bench: "Bench", sessions: "Sessions") -> list[Callable[..., dict[str, Any]]]:
    """Make the functions that the tab's script calls; whose work it is, the server decides."""
    import gradio as gr

    def who(request: gr.Request) -> str:
        return sessions.learner(visitor_of(request))

    def overview(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: bench.overview(who(request)))

    def work(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: bench.work(who(request)))

    def change(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: bench.change(sent, who(request)))

    def run(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: bench.run(sent, who(request)))

    def compare(sent: Any) -> dict[str, Any]:
        return answered(lambda: bench.compare(sent))

    return [overview, work, change, run, compare]


class Bench:
    """What the place shows of one home's runs, and has made; raises StudypathError."""

    def __init__(self, jobs: "Jobs", runs: Runs) -> None:
        self._jobs, self._runs = jobs, runs

    def overview(self, learner: str) -> dict[str, Any]:
        """Give the last run, the runs before it, and what another one takes."""
        lines = self._runs.listed()
        return {
            "last": last_html(lines),
            "past": past_html(lines),
            "choices": choices_html(lines),
            "takes": {size: takes(size, lines) for size in SIZES},
            "closed": "" if learner else NO_COOKIE,
        }

    def work(self, learner: str) -> dict[str, Any]:
        """Give a learner's runs under way; `mark` changes when one has ended."""
        return {
            "jobs": jobs_told(self._jobs.of(learner, EVALUATE), self._jobs.busy(EVALUATE)),
            "remark": self._jobs.remark if learner else "",
            "mark": str(self._jobs.ended(EVALUATE)),
        }

    def change(self, sent: object, learner: str) -> dict[str, Any]:
        """Cancel, dismiss or repeat a run of the learner's."""
        change_job(self._jobs, sent, must_be(learner))
        return self.work(learner)

    def run(self, sent: object, learner: str) -> dict[str, Any]:
        """Begin a run."""
        must_be(learner)
        if self._jobs.start(EVALUATE, command(text_in(sent, "size")), learner) is None:
            raise InputError(MANY_WAIT)
        return self.work(learner)

    def compare(self, sent: object) -> dict[str, Any]:
        """Hold one run against another."""
        first, second = text_in(sent, "a"), text_in(sent, "b")
        if first == second:
            raise InputError("These are the same run: choose two.")
        return {"html": compared_html(*self._runs.compared(first, second))}
