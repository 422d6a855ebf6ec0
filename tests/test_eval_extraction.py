"""The measure of extraction, on written HTML and on the captured pages that were judged."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from eval.articles import (
    GOLDEN,
    Content,
    Golden,
    Judged,
    article_of,
    load_golden,
    markdown_content,
    split_by_use,
    words,
)
from eval.extraction import (
    OURS,
    PLAIN,
    Measured,
    Share,
    extractors,
    in_order,
    main,
    mean,
    measure,
    read_as_built,
    report,
    score,
)
from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed, InputError
from ingest.fetch import Page

PAGE = """<!doctype html><html><head><title>Steps</title></head><body><nav><a href=/>Home</a></nav>
<main><h1>Small steps<a class=headerlink href=#s>¶</a></h1><p class=byline>By me, today</p>
<p>The rate w<sub>j</sub> is <b>sm</b>all.</p><div class="highlight-python"><pre>def f():
    return 1

print(f())</pre></div><table><tr><th>Rate</th><th>Loss</th></tr><tr><td>0.1</td><td>2</td></tr>
</table><table class=layout><tr><td>beside</td></tr></table></main></body></html>"""
DIGEST = hashlib.sha256(PAGE.encode()).hexdigest()
JUDGED = Judged(
    "https://a.example/steps",
    DIGEST,
    held=False,
    article=("//main",),
    without=('//p[@class="byline"]',),
    layout=('//table[@class="layout"]',),
)
EVERYWHERE = ('//a[contains(@class, "headerlink")]', "//nav")
GOLD = article_of(JUDGED, EVERYWHERE, PAGE.encode(), "text/html")


def page(url: str) -> Page:
    if url != JUDGED.url:
        raise FetchFailed("not-found", "no such page")
    return Page(url, url, 200, "text/html", PAGE.encode(), "")


# ── the golden file ─────────────────────────────────────────────────────────────────────────────


def test_the_golden_file_judges_many_sites_and_keeps_some_back() -> None:
    golden = load_golden()
    halves = split_by_use(golden.pages)
    assert len({urlsplit(judged.url).hostname for judged in golden.pages}) >= 30
    assert len(halves["held back"]) >= 10
    assert len(halves["tuned on"]) >= 20


def test_the_golden_file_holds_no_text_of_a_page() -> None:
    read = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    paths = [*read["everywhere"]]
    for entry in read["pages"]:
        assert set(entry) <= {"url", "sha256", "held", "article", "without", "layout"}
        for key in ("article", "without", "layout"):
            paths += entry.get(key, [])
    for path in paths:
        assert path.startswith("//")
        # What an XPath quotes is a name of a class or an id: a few short words at most.
        for quoted in re.findall(r"\"([^\"]*)\"|'([^']*)'", path):
            assert len("".join(quoted).split()) <= 3, path


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("article", ["//p[contains(., 'Small steps')]"], "tags and attributes"),
        ("article", ["//p[text()='Small']"], "tags and attributes"),
        ("article", ["//p[.='Small']"], "tags and attributes"),
        ("without", ["Small steps are taken here"], "tags and attributes"),
        ("without", ["//p["], "XPath"),
        ("article", [], "no element"),
        ("article", "//main", "list of XPaths"),
        ("sha256", "abc", "64 hex"),
        ("held", "yes, it is", "true or false"),
        ("url", "steps", "no web address"),
        ("text", "Small steps", "expected"),
    ],
)
def test_a_wrong_golden_file_is_named(
    tmp_path: Path, field: str, value: object, message: str
) -> None:
    entry: dict[str, object] = {
        "url": JUDGED.url, "sha256": DIGEST, "held": False, "article": ["//main"], field: value,
    }  # fmt: skip
    file = tmp_path / "articles.yaml"
    file.write_text(yaml.safe_dump({"everywhere": [], "pages": [entry]}), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_golden(file)


def test_a_page_judged_twice_or_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    entry = {"url": JUDGED.url, "sha256": DIGEST, "held": False, "article": ["//main"]}
    file = tmp_path / "articles.yaml"
    for content, message in (
        (yaml.safe_dump({"everywhere": [], "pages": [entry, entry]}), "comes twice"),
        ("- 1", "expected the keys"),
        ("{", "cannot be read"),
    ):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            load_golden(file)


# ── reading what was judged ─────────────────────────────────────────────────────────────────────


def test_the_judged_article_is_read_off_the_page() -> None:
    assert GOLD.tokens == words(
        "Small steps The rate wj is small def f return 1 print f Rate Loss 0 1 2 beside"
    )
    assert GOLD.headings == ("small steps",)
    assert GOLD.code == (("python", "def f():\n    return 1\n\nprint(f())"),)
    assert GOLD.cells == ("rate", "loss", "0 1", "2")


def test_an_element_that_is_not_there_is_named() -> None:
    wrong = Judged(JUDGED.url, DIGEST, held=False, article=('//div[@id="gone"]',))
    with pytest.raises(InputError, match="finds nothing"):
        article_of(wrong, (), PAGE.encode(), "text/html")


def test_markdown_is_read_into_the_same_record() -> None:
    text = (
        "# Small steps\n\nThe rate w_j is **small**.\n\n```python\ndef f():\n    return 1\n\n"
        "print(f())\n```\n\n| Rate | Loss |\n| --- | --- |\n| 0.1 | 2 |\n\nbeside"
    )
    assert score(GOLD, markdown_content(text)).f1 == 1.0
    assert markdown_content(text).code == GOLD.code
    assert markdown_content(text).cells == GOLD.cells


def test_dialects_of_markdown_cost_nothing() -> None:
    rows = markdown_content("| Rate | Loss | \n| 0.1 | 2 | \n\nx<sub>j</sub> <b>y</b> [a](b)")
    assert rows.cells == ("rate", "loss", "0 1", "2")
    assert rows.tokens[-6:] == ("xj", "b", "y", "b", "a", "b")
    assert markdown_content("- 29. Zaremba\n\n1. 30. Ioffe").tokens == words("29 Zaremba 30 Ioffe")
    fenced = "```\n| a | b |\n| c | d |\n```"
    assert markdown_content(fenced).code == (("", "| a | b |\n| c | d |"),)


# ── scoring ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_lost_and_what_is_let_in() -> None:
    gold = Content(
        words("one two three four"), ("one",), (("python", "a\n\nb"), ("", "c")), ("x", "x")
    )
    found = Content(
        words("zero one two four"), ("one", "zero"), (("", "a\n\nb"), ("", "c")), ("x",)
    )
    scored = score(gold, found)
    assert (scored.precision, scored.recall) == (0.75, 0.75)
    assert scored.headings == Share(1, 1)
    assert scored.code == Share(2, 2)
    assert scored.named == Share(0, 1)
    assert scored.cells == Share(1, 2)
    assert score(gold, Content(())).f1 == 0.0


def test_order_counts_and_joined_letters_do_not() -> None:
    turned = score(Content(words("a b c d")), Content(words("c d a b")))
    assert (turned.precision, turned.bag_precision) == (0.5, 1.0)
    assert in_order(words("the wj of it"), words("the w j of it")) == (4, 5)
    assert in_order(words("the wj of it"), words("the w k of it")) == (3, 3)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_scores_are_shares_and_perfect_only_for_the_same(gold: list[str], found: list[str]) -> None:
    right_gold, right_found = in_order(gold, found)
    assert 0 <= right_gold <= len(gold)
    assert 0 <= right_found <= len(found)
    assert (right_gold == len(gold) and right_found == len(found)) == (
        gold == found or "".join(gold) == "".join(found)
    )


def test_pages_that_are_gone_or_changed_are_left_out() -> None:
    gone = Judged("https://a.example/gone", DIGEST, held=True, article=("//main",))
    changed = Judged(JUDGED.url, "0" * 64, held=True, article=("//main",))
    golden = Golden(EVERYWHERE, (gone, changed, JUDGED))
    measured, left_out = measure(golden, page, {OURS: read_as_built})
    assert [row.page for row in measured] == [JUDGED]
    assert len(left_out) == 2
    assert "not the page that was judged" in left_out[1]


def test_the_report_has_both_halves_and_every_page() -> None:
    one = score(GOLD, GOLD)
    held = Judged("https://b.example/x", DIGEST, held=True, article=("//main",))
    rows = [Measured(JUDGED, 17, {OURS: one}), Measured(held, 17, {OURS: one})]
    written = report(rows, [OURS])
    assert f"| 1 tuned on | {OURS} | 1.000 | 1.000 | 1.000 | 1.000 | 1.000 (1/1) |" in written
    assert f"| 1 held back | {OURS} |" in written
    assert "| b.example/x | yes | 17 | 1.000 | 1.000 | 1.000 | 1/1 | 1/1 | 4/4 |" in written


def test_an_archive_without_judged_pages_is_refused(small_warc: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        main(["--archive", str(tmp_path / "none.warc.gz")])


# ── the captured pages ──────────────────────────────────────────────────────────────────────────


def test_captured_articles_come_out_whole_and_alone(full_warc: Path) -> None:
    """Floors a little below the measured figures of docs/extraction.md."""
    transport = ArchiveTransport(full_warc, obey_robots=False)
    named = {name: extractors()[name] for name in (PLAIN, OURS)}
    measured, left_out = measure(load_golden(), transport.get, named)
    assert not left_out
    for name, least in (("tuned on", 0.995), ("held back", 0.985)):
        pages = split_by_use([row.page for row in measured])[name]
        rows = [row for row in measured if row.page in pages]
        ours = mean(row.scores[OURS].f1 for row in rows)
        assert ours >= least
        assert ours > mean(row.scores[PLAIN].f1 for row in rows)
    for kind, least in (("headings", 0.97), ("code", 0.99), ("named", 0.99), ("cells", 0.99)):
        shares: list[Share] = [getattr(row.scores[OURS], kind) for row in measured]
        assert sum(shares, Share(0, 0)).value >= least, kind
