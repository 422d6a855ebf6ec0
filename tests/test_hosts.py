"""Several hosts at the same time: who is asked when, what is written when, and stopping."""

import logging
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import build, hosts
from ingest.curriculum import Resource
from ingest.embed import MODEL
from ingest.errors import InputError, Postponed
from ingest.fetch import LiveTransport
from ingest.hosts import SideBySide, Tell, rounds_left
from ingest.library import SourceRow, open_library
from ingest.pace import Budget, Pace
from ingest.progress import Progress
from ingest.staging import host_of
from tests.local_web import Answer, Exchange, LocalWeb, counting, local_web, page, redirect, silent

__all__ = ["local_web"]

log = logging.getLogger(__name__)

Job = tuple[str, int]


def quiet(_: Progress) -> None:
    pass


# ── the crew alone ──────────────────────────────────────────────────────────────────────────────


def crew(
    jobs: Sequence[Job],
    work: Callable[[Job, Tell], str],
    at_once: int = 3,
    barred: Callable[[Job], str] = lambda job: "",
    stop: Callable[[], None] = lambda: None,
) -> SideBySide[Job, str]:
    return SideBySide(
        jobs, work, host_of=lambda job: job[0], barred=barred, stop=stop, at_once=at_once
    )


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 9)), max_size=20),
    st.integers(1, 5),
    st.sets(st.integers(0, 9), max_size=3),
)
def test_every_job_ends_once_and_no_host_is_shared(
    jobs: list[Job], at_once: int, late: set[int]
) -> None:
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    guard = threading.Lock()

    def work(job: Job, tell: Tell) -> str:
        if job[1] in late:
            raise Postponed("later")
        with guard:
            for name in (job[0], "all"):
                now[name] += 1
                most[name] = max(most[name], now[name])
        tell("begun", "")
        with guard:
            now.subtract((job[0], "all"))
        return f"{job} is done"

    with closing(crew(jobs, work, at_once).events()) as events:
        heard = list(events)
    ends = {event.number: event for event in heard if event.done}
    assert sorted(ends) == list(range(len(jobs)))
    assert sum(event.done for event in heard) == len(jobs)
    for number, job in enumerate(jobs):
        assert ends[number].result == (None if job[1] in late else f"{job} is done")
        assert ends[number].reason == ("later" if job[1] in late else "")
    assert [event.finished for event in heard if event.done] == list(range(1, len(jobs) + 1))
    assert most["all"] <= at_once
    assert all(most[name] <= 1 for name in "abc")
    assert all(len(event.under_way) <= at_once for event in heard)


def test_a_job_that_is_barred_does_not_begin() -> None:
    begun: list[Job] = []

    def work(job: Job, tell: Tell) -> str:
        begun.append(job)
        return "read"

    jobs = [("a", 0), ("b", 1), ("a", 2)]
    made = crew(jobs, work, barred=lambda job: "no time" if job[1] else "")
    ends = {event.number: (event.result, event.reason) for event in made.events() if event.done}
    assert begun == [("a", 0)]
    assert ends == {0: ("read", ""), 1: (None, "no time"), 2: (None, "no time")}


def test_what_work_raises_is_raised_and_the_others_are_stopped() -> None:
    stopped = threading.Event()

    def work(job: Job, tell: Tell) -> str:
        if job[0] == "a":
            raise ValueError("broken")
        assert stopped.wait(10)
        return "late"

    events = crew([("a", 0), ("b", 1)], work, stop=stopped.set).events()
    with pytest.raises(ValueError, match="broken"):
        list(events)
    assert stopped.is_set()


def test_a_slow_first_job_holds_up_only_what_is_far_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "AHEAD", 4)
    others, go = [], threading.Event()

    def work(job: Job, tell: Tell) -> str:
        if job[0] == "slow":
            assert go.wait(10)
        else:
            others.append(job[1])
        return ""

    jobs = [("slow", 0), *(("", number) for number in range(1, 9))]
    before = -1
    with closing(crew(jobs, work, 2).events()) as events:
        for event in events:
            if event.finished == 3 and before < 0:  # all that may run ahead has ended
                time.sleep(0.05)
                before = len(others)
                go.set()
    assert before == 3
    assert sorted(others) == list(range(1, 9))


@given(st.dictionaries(st.sampled_from(["", "a", "b", "c"]), st.integers(0, 50)), st.integers(1, 9))
def test_the_time_left_is_that_of_the_longest_queue_or_of_all(
    queues: dict[str, int], at_once: int
) -> None:
    rounds = rounds_left(queues, at_once)
    assert rounds * at_once >= sum(queues.values())
    assert all(rounds >= count for host, count in queues.items() if host)
    assert rounds <= sum(queues.values())


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Docs.Example.org/a", "docs.example.org"),
        ("https://github.com/a/b", "github"),
        ("https://colab.research.google.com/github/a/b/blob/main/c.ipynb", "github"),
        ("https://arxiv.org/pdf/1706.03762", "arxiv"),
        ("https://youtu.be/aircAruvnKk", "video"),
        ("https://discord.gg/abc", ""),
        ("studypath://added/0123456789ab", ""),
        (None, ""),
    ],
)
def test_links_that_lead_to_the_same_server_share_it(url: str | None, host: str) -> None:
    assert host_of(Resource("r", "general", "reading", "R", url, url, 1)) == host


# ── a whole ingest of a local web ───────────────────────────────────────────────────────────────

APART = 0.25  # seconds between two requests to a host
DELAY = 0.1  # seconds that every answer takes


def path_text(links: Sequence[str]) -> str:
    """Write a learning path with these links."""
    lines = "\n".join(f"  - **Reading:** [Page {n}]({link})" for n, link in enumerate(links))
    return (
        "# A path\n## Month 1: One\n### Week 1: First\n#### Trees\n- **Topics:**\n  - Trees\n"
        f"- **Resources:**\n{lines}\n"
    )


def words(number: int, size: int = 3) -> str:
    """Write a page that no other one is like."""
    dice = random.Random(number)
    lines = "".join(
        f"<p>Tree {dice.getrandbits(40):x} grows {dice.getrandbits(20)} metres high beside the"
        f" river {dice.getrandbits(40):x}, and bears its leaves in every spring of the year.</p>"
        for _ in range(size)
    )
    return f"<html><head><title>Page {number}</title></head><body><article><h1>P</h1>{lines}"


def late(answer: Answer, seconds: float) -> Answer:
    """Answer after some time."""

    def after_a_while(exchange: Exchange) -> None:
        time.sleep(seconds)
        answer(exchange)

    return after_a_while


@pytest.fixture
def ingest(
    local_web: LocalWeb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., build.BuildSummary]:
    """Return a function that ingests links of the local web with the real pipeline."""

    def run(
        name: str,
        links: Sequence[str] = (),
        apart: float = 0.0,
        report: Callable[[Progress], None] = quiet,
        max_mb: float | None = None,
    ) -> build.BuildSummary:
        def transport(home: Path, options: build.BuildOptions) -> tuple[LiveTransport, tuple[()]]:
            limit = None if max_mb is None else round(max_mb * 1e6)
            archive = home / "archive" / "pages.warc.gz"
            live = local_web.live(archive, pace=Pace(apart), budget=Budget(bytes=limit))
            return live, ()

        monkeypatch.setattr(build, "open_transport", transport)
        file = tmp_path / "path.md"
        if links:
            file.write_text(path_text(links), encoding="utf-8")
        options = build.BuildOptions(
            MODEL, tmp_path, file, vectors=False, fallback=False, max_mb=max_mb
        )
        return build.build_library(tmp_path / name, options, report)

    return run


def held_by(home: Path) -> tuple[list[SourceRow], tuple[str, ...], list[str]]:
    """Give the ledger without its times, the passages in order, and their texts."""
    with open_library(home) as library:
        ids = library.passage_ids()
        entries = library.entries(ids)
        rows = [replace(row, fetched_at="") for row in library.sources()]
        return rows, ids, [entries[id].passage.text for id in ids]


def test_more_hosts_take_less_time_and_each_keeps_its_pace(
    local_web: LocalWeb, ingest: Callable[..., build.BuildSummary]
) -> None:
    pages = 8
    ingest("warm", [local_web.url("/none")])  # libraries are loaded once
    taken = {}
    for count in (1, 2, 4, 8):
        names = [f"h{count}x{number % count}.test" for number in range(pages)]
        most: dict[str, int] = {}
        for number, host in enumerate(names):
            answer = late(page(words(number)), DELAY)
            local_web.put(f"/{number}", counting(answer, most), host)
        links = [local_web.url(f"/{number}", host) for number, host in enumerate(names)]
        local_web.asked.clear()
        summary = ingest(f"home{count}", links, APART)
        times = [visit.at for visit in local_web.asked]
        taken[count] = max(times) - min(times)
        assert summary.indexed == pages + 1  # and the card of the section
        assert set(most.values()) == {1}
        for host in set(names):
            asked = [visit.at for visit in local_web.asked if visit.host == host]
            assert len(asked) == pages // count + 1  # robots.txt
            gaps = [after - before for before, after in pairwise(asked)]
            # A turn begins before its request arrives: one that comes late is nearer to the next,
            # but never before the one before was answered, and in sum they keep their distance.
            assert min(gaps) > DELAY * 0.9
            assert sum(gaps) > (len(gaps) - 1) * APART
    log.warning("seconds by number of hosts: %s", taken)
    assert taken[1] > (pages - 1) * APART
    assert taken[2] < taken[1] * 0.75
    assert taken[8] < taken[2] * 0.75
    assert taken[8] < taken[1] / 2


def test_the_library_does_not_depend_on_who_answers_first(
    local_web: LocalWeb,
    ingest: Callable[..., build.BuildSummary],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts_named = [f"h{number}.test" for number in range(6)]
    links: list[str] = []
    for number in range(18):
        host = hosts_named[number % len(hosts_named)]
        if number % 5 == 4:  # another link leads to the same page
            target = links[(number * 7) % len(links)]
            local_web.put(f"/{number}", redirect(target), host)
        elif number % 7 != 6:  # else it is gone
            local_web.put(f"/{number}", words(number), host)
        links.append(local_web.url(f"/{number}", host))
    monkeypatch.setattr(build, "AT_ONCE", 1)
    ingest("alone", links)
    alone = held_by(tmp_path / "alone")
    assert Counter(row.status for row in alone[0])["indexed"] >= 14
    monkeypatch.setattr(build, "AT_ONCE", 5)
    serve = local_web.serve
    for seed in range(3):
        dice = random.Random(seed)

        def shuffled(exchange: Exchange, dice: random.Random = dice) -> None:
            time.sleep(dice.choice((0, 0, 0.02, 0.1)))
            serve(exchange)

        monkeypatch.setattr(local_web, "serve", shuffled)
        ingest(f"side{seed}", links)
        assert held_by(tmp_path / f"side{seed}") == alone


def test_progress_names_all_that_is_read_and_ends_whole(
    local_web: LocalWeb, ingest: Callable[..., build.BuildSummary]
) -> None:
    for number in range(6):
        local_web.put(f"/{number}", late(page(words(number)), 0.1), f"h{number % 3}.test")
    steps: list[Progress] = []
    links = [local_web.url(f"/{number}", f"h{number % 3}.test") for number in range(6)]
    ingest("home", links, report=steps.append)
    told = [step for step in steps if step.state]
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert (told[-1].done, told[-1].total) == (6, 6)
    assert max(len(step.under_way) for step in told) == 3
    assert all(step.message in step.under_way for step in told if step.state == "fetching")
    assert [step.eta_seconds for step in told if step.done == 0] == [None] * sum(
        step.done == 0 for step in told
    )
    assert told[-1].eta_seconds == 0
    ends = Counter(step.message for step in told if step.state == "indexed")
    assert ends == Counter(f"Page {number}" for number in range(6))


# ── stopping, and limits ────────────────────────────────────────────────────────────────────────


def test_stopped_by_hand_it_keeps_what_was_read_ahead_of_a_silent_host(
    local_web: LocalWeb, ingest: Callable[..., build.BuildSummary], tmp_path: Path
) -> None:
    local_web.put("/0", silent(), "h0.test")
    for number in range(1, 4):
        local_web.put(f"/{number}", words(number), f"h{number}.test")
    links = [local_web.url(f"/{number}", f"h{number}.test") for number in range(4)]

    def interrupt(step: Progress) -> None:
        if step.state and step.done == 3:
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        ingest("home", links, report=interrupt)
    assert time.monotonic() - began < 15  # and not the 20 s that a silent host is waited for
    with sqlite3.connect(tmp_path / "home" / "library.db") as database:
        query = "SELECT title FROM resources WHERE fingerprint <> '' AND title LIKE 'Page%'"
        read = {title for (title,) in database.execute(query)}
    assert read == {"Page 1", "Page 2", "Page 3"}
    local_web.put("/0", words(0), "h0.test")
    ingest("home", links)
    rows, _, _ = held_by(tmp_path / "home")
    assert {row.status for row in rows} <= {"indexed", "unchanged"}


@pytest.mark.parametrize("apart", [0.0, 60.0])
def test_a_stop_ends_what_is_under_way(local_web: LocalWeb, apart: float) -> None:
    local_web.put("/a", silent() if not apart else "x")
    live = local_web.live(pace=Pace(apart))
    ended: list[str] = []

    def read() -> None:
        with suppress(Postponed):
            live.get(local_web.url("/a"))
            return
        ended.append("postponed")

    reader = threading.Thread(target=read)
    reader.start()
    while not local_web.paths():
        time.sleep(0.01)
    time.sleep(0.2)  # now it waits: for the answer, or for its turn after robots.txt
    live.stop()
    reader.join(5)
    assert ended == ["postponed"]
    with pytest.raises(Postponed):
        live.get(local_web.url("/b"))


def test_a_limit_in_megabytes_is_told_and_the_next_run_goes_on(
    local_web: LocalWeb, ingest: Callable[..., build.BuildSummary], tmp_path: Path
) -> None:
    size, pages = 300_000, 8
    for number in range(pages):
        body = words(number) + f"<!--{'x' * size}-->"
        local_web.put(f"/{number}", page(body, etag=f'"{number}"'), f"h{number}.test")
    links = [local_web.url(f"/{number}", f"h{number}.test") for number in range(pages)]
    ended = []
    for _ in range(3):
        summary = ingest("home", links, max_mb=1)
        rows, _, _ = held_by(tmp_path / "home")
        mine = [row for row in rows if row.title.startswith("Page")]
        ended.append(Counter(row.status for row in mine))
        left = [row for row in mine if row.status == "postponed"]
        reason = "left out by the limit of 1 MB for a run: run `studypath ingest` again"
        assert {row.reason for row in left} <= {reason}
        assert summary.left_out >= len(left)
    assert ended[0] == {"indexed": 4, "postponed": 4}
    assert ended[1] == {"indexed": 8}  # what was read before waits for its turn
    assert ended[2] == {"unchanged": 8}
    assert len(held_by(tmp_path / "home")[1]) > pages


def test_a_site_cut_short_by_the_limit_keeps_what_was_read_before(
    local_web: LocalWeb, ingest: Callable[..., build.BuildSummary], tmp_path: Path
) -> None:
    parts = "".join(f'<p><a href="/docs/{n}">Part {n} of the documentation</a></p>' for n in "abcd")
    local_web.put("/docs/", words(0) + parts)
    for number, name in enumerate("abcd", 1):
        local_web.put(f"/docs/{name}", words(number) + f"<!--{'x' * 300_000}-->")
    links = [local_web.url("/docs/")]
    ingest("home", links)
    before = held_by(tmp_path / "home")
    local_web.put("/docs/", words(9) + parts)
    summary = ingest("home", links, max_mb=0.5)
    after = held_by(tmp_path / "home")
    assert (after[0][-1], after[1:]) == (before[0][-1], before[1:])
    assert summary.left_out == 1


@pytest.mark.parametrize(
    ("max_mb", "at_once"), [(None, hosts.AT_ONCE), (1e6, hosts.AT_ONCE), (1, 1), (100, 2)]
)
def test_with_a_small_limit_few_hosts_are_read_at_once(max_mb: float | None, at_once: int) -> None:
    assert build.hosts_at_once(max_mb) == at_once


def test_options_reach_the_web(tmp_path: Path) -> None:
    options = build.BuildOptions(MODEL, tmp_path, contact="nobody", max_mb=2)
    with pytest.raises(InputError, match="STUDYPATH_CONTACT"):
        build.open_transport(tmp_path, options)
    live, _ = build.open_transport(tmp_path, replace(options, contact="me@uni.example"))
    assert isinstance(live, LiveTransport)
    assert "me@uni.example" in live._headers["User-Agent"]
    live._spending.spend(2_000_000)
    assert "limit of 2 MB" in live.spent()
