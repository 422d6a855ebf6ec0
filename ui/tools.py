"""What programs can have done: ask, search, next, quiz and sources, for HTTP and MCP alike.

Each gives the object that the command of its name writes with `--json`. Their docstrings are what a
program (often a language model) reads to choose among them.
"""

from typing import TYPE_CHECKING, Any

from assistant.desk import Desk, open_bank
from assistant.grading import SELF
from assistant.learner import Learner
from assistant.manner import DEPTHS, Manner
from assistant.material import load_material
from assistant.precious import ME, learner_folder
from assistant.quizzing import Feedback, within
from ingest.errors import InputError
from ui.render import answer_json, search_json
from ui.study import clock

if TYPE_CHECKING:
    from ui.keeper import Keeper

MOST_HITS, MOST_SOURCES = 100, 500
LONGEST = 4_000  # characters of a question or an answer
PATIENCE = 120.0  # seconds for the first library, made of what ships


class Tools:
    """The five tools over one library, for one learner; safe to call from any thread."""

    def __init__(self, keeper: "Keeper", learner: str = ME) -> None:
        self._keeper, self._learner = keeper, learner

    def ask(self, question: str, scope: str = "", depth: str = "normal") -> dict[str, Any]:
        """Answer a question from the learning path, with citations; refuse what it does not cover.

        Every sentence is backed by a verbatim quote with its place in the path and a deep link.
        `scope` limits the answer to sections whose id begins so ("m2w3"); `depth` is brief, normal
        or deep.
        """
        if depth not in DEPTHS:
            raise InputError(f"{depth!r} is no depth: take {', '.join(DEPTHS)}")
        manner = Manner(scope=(scope,) if scope else (), depth=depth)
        self._ready()
        self._keeper.check(manner)
        return answer_json(self._keeper.ask(text_of(question, "question"), manner))

    def search(self, query: str, k: int = 10) -> dict[str, Any]:
        """Find the passages that fit a query best, by words and by meaning, best first."""
        self._ready()
        k = min(max(int(k), 1), MOST_HITS)
        return search_json(self._keeper.search(text_of(query, "query"), k))

    def next(self, minutes: int = 0) -> dict[str, Any]:
        """Plan what to study now, with the reason for each line: reviews, gaps, new material.

        `minutes` is the time there is; 0 takes what the learner's calendar leaves of today.
        """
        from ui.plan_text import plan_json
        from ui.study import DAY, planned

        if not 0 <= int(minutes) <= DAY:
            raise InputError(f"{minutes} minutes: give whole minutes, 0 to {DAY}")
        self._ready()
        home = self._keeper.settings.home
        material = load_material(home, learner_folder(home, self._learner))
        with Learner(home, clock(), self._learner) as record:
            basis = material.basis(record.events(), record.rhythm(), record.present(clock()))
            return plan_json(planned(basis, int(minutes)))

    def quiz(
        self, scope: str = "", item_id: str = "", answer: str = "", self_grade: str = ""
    ) -> dict[str, Any]:
        """Ask the next quiz question of a section, week or month, or grade the answer to one.

        First call: `scope` alone ("m1w2", or a section's id) gives a question. Second call:
        `item_id` and the learner's own `answer` (a letter, words, a number, or an order such as
        "2 1 3") give the verdict, the key and the passage that proves it, and are recorded. A
        verdict of "unsure" is recorded once the learner gives `self_grade`: right, partly or wrong.
        """
        from ui.quiz_text import feedback_json, question_json

        self._ready()
        home = self._keeper.settings.home
        with (
            open_bank(home, self._learner) as bank,
            Learner(home, clock(), self._learner) as record,
        ):
            desk = Desk(bank, record, clock)
            if not item_id:
                return question_json(desk.start(within(bank, scope), 1))
            text = text_of(answer, "answer")
            return feedback_json(graded(desk, item_id, text, self_grade))

    def sources(self, section: str = "", status: str = "") -> list[dict[str, Any]]:
        """Tell what became of every link of the path: indexed, partial, or why it was not read.

        `section` keeps those whose section id begins so, `status` those of one status.
        """
        from ui.ledger import source_json
        from ui.sources_page import Filters, chosen

        self._ready()
        wanted = Filters((status,) if status else (), (), (section,) if section else ())
        return [source_json(row) for row in chosen(self._keeper.sources(), wanted)][:MOST_SOURCES]

    def _ready(self) -> None:
        self._keeper.wait(PATIENCE)


def graded(desk: Desk, item_id: str, text: str, self_grade: str) -> Feedback:
    """Grade an answer and record it, unless the learner has yet to grade it."""
    item = desk.bank.items.get(item_id)
    if item is None:
        raise InputError(f"there is no quiz item {item_id!r}: ask for a question by its scope")
    if self_grade and self_grade not in SELF:
        raise InputError(f"self_grade {self_grade!r}: give {', '.join(SELF)}")
    sitting, feedback = desk.answer(desk.single(item), text)
    if feedback.deed is None and self_grade:
        _, feedback = desk.grade_self(sitting, self_grade)
    return feedback


def text_of(value: object, name: str) -> str:
    """Read words that somebody sent; raises InputError for none, or for far too many."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name}: there are no words in it")
    if len(value) > LONGEST:
        raise InputError(f"{name}: {len(value)} characters are too many; {LONGEST} are the most")
    return value
