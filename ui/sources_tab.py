"""The Sources place: what its script calls, and what of that a form may add. All is checked."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from ingest.curriculum import OWN, Curriculum
from ingest.errors import InputError, StudypathError
from ui.edge import NO_COOKIE, guarded, must_be
from ui.job_words import jobs_told
from ui.markup import one_line
from ui.pages import visitor_of
from ui.reading import READ, command, has_failed
from ui.render import href
from ui.sources_page import (
    FILE_KINDS,
    LARGEST_FILE,
    choices_html,
    filters_of,
    held_words,
    ledger_html,
    reads_html,
    section_options,
    section_places,
    shell_html,
)
from ui.sources_passages import AT_ONCE, held_html, passages_html
from ui.sources_script import SCRIPT

if TYPE_CHECKING:
    from ingest.library import SourceRow
    from ui.jobs import Jobs
    from ui.keeper import Keeper
    from ui.sessions import Sessions

LONGEST_ID, LAST_PAGE = 300, 100_000
OUR_FAULT = "Something went wrong on our side. Nothing was changed: please try again."
MANY_WAIT = "Ten readings wait already: let some of them end, or cancel them, then try again."


# ── what the browser sends ──────────────────────────────────────────────────────────────────────


def what_to_add(form: Mapping[str, object], uploads: Path) -> str:
    """Give the one address or uploaded file of a form; raises InputError in words for the page."""
    address = one_line(str(form.get("address") or ""))[:2_000]
    path = str(form.get("path") or "")
    if address and path:
        raise InputError("Give an address or a file, one at a time.")
    if path:
        return str(uploaded_file(path, uploads))
    if not address:
        raise InputError("Give an address or choose a file.")
    # Never a path of the server: only what a browser uploaded may be read as a file.
    if not address.startswith(("http://", "https://")) or not href(address):
        raise InputError("An address begins with http:// or https://, such as https://example.org.")
    return address


def uploaded_file(path: str, uploads: Path) -> Path:
    """Check that a path is a file that was uploaded, of a kind and size we read."""
    folder = uploads.resolve()
    try:
        file = Path(path).resolve(strict=True)
        inside = file.is_relative_to(folder) and file.is_file()
        size = file.stat().st_size
    except (OSError, ValueError):
        inside, size = False, 0
    if not inside:
        raise InputError("The file did not arrive: please choose it again.")
    if file.suffix.lower() not in FILE_KINDS:
        raise InputError(f"Files of these kinds can be read: {', '.join(FILE_KINDS)}.")
    if not 0 < size <= LARGEST_FILE:
        raise InputError("The file is empty." if not size else "The file is larger than 20 MB.")
    return file


def section_to_add(form: Mapping[str, object], curriculum: Curriculum | None) -> str:
    """Give the section that a form names; raises InputError for one that the path does not have."""
    if curriculum is None:
        raise InputError(
            "A collection takes no additions: put the file into its folder and ingest that again."
        )
    section_id = str(form.get("section") or OWN)
    if section_id not in section_places(curriculum):
        raise InputError("Your path has no such section: please choose another.")
    return section_id


# ── the tab ─────────────────────────────────────────────────────────────────────────────────────


def build_sources(keeper: "Keeper", jobs: "Jobs", sessions: "Sessions") -> None:
    """Place the tab inside the page that is being built."""
    import gradio as gr

    gr.HTML(
        shell_html(),
        elem_id="sources",
        apply_default_css=False,
        js_on_load=SCRIPT,
        server_functions=server_functions(Shelves(keeper, jobs), sessions),
    )


def server_functions(
    shelves: "Shelves", sessions: "Sessions"
) -> list[Callable[..., dict[str, Any]]]:
    """Make the functions that the tab's script calls; whose work it is, the server decides."""
    import gradio as gr

    def who(request: gr.Request) -> str:
        return sessions.learner(visitor_of(request))

    def ledger(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: shelves.ledger(sent, who(request)))

    def work(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: shelves.work(who(request)))

    def change(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: shelves.change(sent, who(request)))

    def read(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: shelves.read(sent, who(request)))

    def add(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(lambda: shelves.add(sent, who(request)))

    def passages(sent: Any) -> dict[str, Any]:
        return answered(lambda: shelves.passages(sent))

    def held(sent: Any) -> dict[str, Any]:
        return answered(lambda: shelves.held(sent))

    return [ledger, work, change, read, add, passages, held]


def answered(made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give what was made, or the problem in one plain line; never raises."""
    return guarded(made, OUR_FAULT)


class Shelves:
    """What the place shows of one home, and has done to it; raises StudypathError."""

    def __init__(self, keeper: "Keeper", jobs: "Jobs") -> None:
        self._keeper, self._jobs = keeper, jobs
        self._adding = Lock()

    def ledger(self, sent: object, learner: str) -> dict[str, Any]:
        """Give the ledger, its filters, and what can be read."""
        rows, path = self._keeper.sources(), self._keeper.curriculum
        held = len(self._keeper.flagged())
        reads = reads_html(rows) if learner else f'<p class="hint">{escape(NO_COOKIE)}</p>'
        return {
            "ledger": ledger_html(rows, path, filters_of(sent)),
            "choices": choices_html(rows, path),
            "into": section_options(path),
            "adds": path is not None,
            "reads": reads if path else "",
            "held": held_words(held) if held else "",
        }

    def work(self, learner: str) -> dict[str, Any]:
        """Give a learner's reading jobs; `mark` changes with the ledger."""
        try:
            passages = sum(row.passages for row in self._keeper.sources())
        except StudypathError:
            passages = 0
        return {
            "jobs": jobs_told(self._jobs.of(learner, READ), self._jobs.busy(READ)),
            "remark": self._jobs.remark if learner else "",
            "mark": f"{self._jobs.ended(READ)}-{passages}",
        }

    def change(self, sent: object, learner: str) -> dict[str, Any]:
        """Cancel, dismiss or repeat a job of the learner's."""
        change_job(self._jobs, sent, must_be(learner))
        return self.work(learner)

    def read(self, sent: object, learner: str) -> dict[str, Any]:
        """Have all links read, those that gave nothing, or one."""
        must_be(learner)
        what = text_in(sent, "what")
        rows = self._keeper.sources()
        if self._keeper.curriculum is None:
            raise InputError("A collection has no links to read: ingest its folder again.")
        if what == "all":
            return self._start(learner, command())
        wanted = [row for row in rows if what in ("failed", row.resource_id) and has_failed(row)]
        if not wanted:
            raise InputError("There is nothing to read again: the list is up to date.")
        return self._start(learner, command(ids_of(wanted)), ids_of(wanted))

    def add(self, sent: object, learner: str) -> dict[str, Any]:
        """Keep a link or a file of the learner's, and have it read."""
        from gradio.utils import get_upload_folder

        from ingest.additions import add as keep

        must_be(learner)
        form = sent if isinstance(sent, dict) else {}
        self._keeper.sources()  # nothing can be added before there is a library
        what = what_to_add(form, Path(get_upload_folder()))
        section_id = section_to_add(form, self._keeper.curriculum)
        with self._adding:
            addition = keep(self._keeper.settings.home, what, section_id, "")
        ids = (addition.resource_id,)
        return self._start(learner, command(ids), ids)

    def passages(self, sent: object) -> dict[str, Any]:
        """Give some passages of a source."""
        of, first = text_in(sent, "of"), page_in(sent) * AT_ONCE
        entries, count = self._keeper.passages(of, first, AT_ONCE)
        return {"html": passages_html(entries, first, count, of)}

    def held(self, sent: object) -> dict[str, Any]:
        """Give some of the passages that are kept out of answers."""
        rows, first = self._keeper.flagged(), page_in(sent) * AT_ONCE
        return {"html": held_html(rows[first : first + AT_ONCE], first, len(rows))}

    def _start(
        self, learner: str, arguments: Sequence[str], about: Sequence[str] = ()
    ) -> dict[str, Any]:
        if self._jobs.start(READ, arguments, learner, about) is None:
            raise InputError(MANY_WAIT)
        return self.work(learner)


def ids_of(rows: Sequence["SourceRow"]) -> tuple[str, ...]:
    """Name the resources of rows."""
    return tuple(row.resource_id for row in rows)


def change_job(jobs: "Jobs", sent: object, learner: str) -> None:
    """Do with a learner's job what a browser sent; raises InputError for what cannot be done."""
    deeds = {"cancel": jobs.cancel, "dismiss": jobs.dismiss, "again": jobs.again}
    deed = deeds.get(text_in(sent, "do"))
    if deed is None:
        raise InputError("This cannot be done with it: load the page again.")
    deed(text_in(sent, "id"), learner)


def text_in(sent: object, name: str) -> str:
    """Read a short text that a browser sent; raises InputError for what is none."""
    value = sent.get(name) if isinstance(sent, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise InputError("The page sent what it should not: load it again.")
    return value


def page_in(sent: object) -> int:
    """Read which page of a list is wanted, the first unless a browser sent another number."""
    value = sent.get("page") if isinstance(sent, dict) else None
    return value if type(value) is int and 0 <= value <= LAST_PAGE else 0
