"""Quizzes and the placement test of the place "Review" in a real Chromium."""

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from assistant.items import keep, load_items
from assistant.learner import Attempt, Carded, Deed, Learner, Studied
from assistant.precious import learner_folder
from assistant.quiz import Choice, Item, Order, Short
from assistant.quizzing import key_words
from tests.browser.test_review import BASICS, MAIN, checked, head, open_review
from tests.browser.test_sources import tab
from tests.reviewing import generated

pytestmark = pytest.mark.browser

ITEMS = load_items()
HOSTILE = "<script>hit()</script> ${hit(1)} {{x}} `b` <img src=/a onerror=hit()>"

OpenPage = Callable[..., Page]


@pytest.fixture
def page(home: Path, page: Page, app: str) -> Page:
    """Open Review as a learner without a record, and with no quiz under way."""
    return fresh(page, app, home)


def fresh(page: Page, app: str, home: Path) -> Page:
    open_review(page, app)
    for deed in ("leave", "follow", "close"):
        button = page.locator(f"{MAIN} [data-do='{deed}']")
        if button.count():
            button.click()
            expect(button).to_have_count(0)
    for file in (home / "learners" / "me").glob("*"):
        if file.is_file():
            file.unlink()
    page.reload()
    expect(page.locator(MAIN)).to_contain_text("Nothing is due.")
    return page


def deeds(home: Path) -> list[Deed]:
    with Learner(home, datetime.now(UTC)) as record:
        return [event.deed for event in record.events()]


def begin(page: Page, scope: str = BASICS, count: str = "5") -> None:
    page.locator("#review-scope").select_option(scope)
    page.locator("#review-count").select_option(count)
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(f"{MAIN} [data-do='leave']")).to_be_visible()


def asked(page: Page) -> Item:
    words = page.locator(f"{MAIN} .question p").first.inner_text()
    return next(i for i in ITEMS.values() if i.question.replace("`", "") == words)


def reply(page: Page, *, rightly: bool) -> None:
    """Answer the question that is shown, by keyboard alone."""
    item = asked(page)
    if isinstance(item.expected, Choice):
        shown = page.locator(f"{MAIN} .choice > span:nth-child(2)").all_inner_texts()
        key = item.expected.key.replace("`", "")
        page.keyboard.press(str(1 + next(n for n, t in enumerate(shown) if (t == key) == rightly)))
    elif isinstance(item.expected, Order):
        shown = page.locator(f"{MAIN} .choice > span:nth-child(2)").all_inner_texts()
        steps = [step.replace("`", "") for step in item.expected.steps]
        for step in steps if rightly else reversed(steps):
            page.keyboard.press(str(shown.index(step) + 1))
        page.keyboard.press("Enter")
    else:
        expect(page.get_by_label("Your answer")).to_be_focused()
        page.keyboard.type(key_words(item).partition(" = ")[0] if rightly else "0.777")
        page.keyboard.press("Enter")
    expect(page.locator(f"{MAIN} p.verdict")).to_be_focused()


def verdict(page: Page) -> Locator:
    return page.locator(f"{MAIN} p.verdict")


def test_a_quiz_to_its_end_by_keyboard_alone(home: Path, page: Page) -> None:
    page.get_by_label("About").focus()
    page.locator("#review-scope").press("ArrowDown")
    page.locator("#review-count").press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(head(page)).to_have_text("Quiz: Python for ML Implementation")
    for number, rightly in enumerate((False, True, True), 1):
        expect(page.locator(f"{MAIN} .meta")).to_contain_text(f"Question {number} of 3 · Month 1")
        reply(page, rightly=rightly)
        expect(verdict(page)).to_contain_text("Right" if rightly else "Not quite")
        expect(page.locator(f"{MAIN} .proof mark").first).to_be_visible()
        link = page.get_by_role("link", name="Open at this heading")
        expect(link).to_have_attribute("rel", "noopener noreferrer")
        assert (link.get_attribute("href") or "").startswith("/read/m1w1-python")
        page.keyboard.press("Enter")
    end = page.locator(f"{MAIN} .end")
    expect(end).to_be_focused()
    expect(end).to_contain_text("2 of 3 right.")
    expect(end.locator(".missed li")).to_have_count(1)
    before, after = end.locator("tbody tr").first.locator("td").all_inner_texts()
    assert float(before) != float(after)
    made = deeds(home)
    assert [d.share for d in made if isinstance(d, Attempt)][1:] == [1.0, 1.0]
    page.evaluate(
        "document.addEventListener('studypath:section', e => { window.went = e.detail; })"
    )
    page.get_by_role("button", name="Go to section").click()
    assert page.evaluate("window.went") == "m1w1-python-for-ml-implementation"
    tab(page, "Review").click()
    end.focus()
    page.keyboard.press("Enter")
    expect(page.locator(MAIN)).to_contain_text("Nothing is due. Next: ")


def test_a_reload_in_the_middle_goes_on_with_the_same_question(home: Path, page: Page) -> None:
    begin(page)
    reply(page, rightly=True)
    page.reload()
    expect(verdict(page)).to_contain_text("Right")
    page.locator("body").press("Enter")
    expect(page.locator(f"{MAIN} .meta")).to_contain_text("Question 2 of 5")
    words = page.locator(f"{MAIN} .question").inner_text()
    page.reload()
    expect(page.locator(f"{MAIN} .question")).to_have_text(words)
    expect(page.get_by_role("button", name="Begin")).to_be_hidden()
    page.get_by_role("button", name="Leave the quiz").click()
    expect(page.locator(MAIN)).to_contain_text("1 of 1 right.")
    assert len(deeds(home)) == 1


def test_an_unsure_word_is_graded_by_its_learner(home: Path, page: Page) -> None:
    begin(page, count="20")
    while not isinstance(asked(page).expected, Short):
        page.get_by_role("button", name="I don’t know").click()
        expect(verdict(page)).to_be_focused()
        page.keyboard.press("Enter")
        expect(verdict(page)).to_have_count(0)
    item, before = asked(page), len(deeds(home))
    page.keyboard.type(f"{key_words(item)} or eggs")
    page.keyboard.press("Enter")
    expect(verdict(page)).to_contain_text("You decide")
    expect(page.locator(f"{MAIN} .key").last).to_have_text(key_words(item).replace("`", ""))
    assert len(deeds(home)) == before
    page.keyboard.press("2")
    expect(verdict(page)).to_contain_text("Partly right")
    last = deeds(home)[-1]
    assert isinstance(last, Attempt)
    assert (last.item_id, last.share) == (item.id, 0.5)


def test_digits_typed_into_an_answer_choose_nothing(home: Path, page: Page) -> None:
    with Learner(home, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC), Studied(BASICS))
    begin(page, "m1w3-model-evaluation-iteration", "3")
    typed = page.get_by_label("Your answer")
    expect(typed).to_be_focused()
    page.keyboard.type("plenty 1")
    page.keyboard.press("Backspace")
    expect(typed).to_have_value("plenty ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_be_focused()
    assert len(deeds(home)) == 1
    page.get_by_role("button", name="Answer").click()  # nothing was typed
    page.wait_for_timeout(300)
    expect(page.get_by_role("alert")).to_be_visible()
    assert len(deeds(home)) == 1


def test_another_place_offers_a_quiz_on_its_section(page: Page) -> None:
    ask = "id => document.dispatchEvent(new CustomEvent('studypath:quiz', {detail: id}))"
    tab(page, "Chat").click()
    page.evaluate(ask, "m2w3-vector-database-fundamentals")
    expect(tab(page, "Review")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    expect(page.locator("#review-scope")).to_have_value("m2w3-vector-database-fundamentals")
    page.evaluate(ask, "<img src=/a onerror=hit()>")
    expect(page.locator("#review-told")).to_contain_text("no quiz questions on this section")
    begin(page, count="3")
    page.evaluate(ask, "m1w2-data-preprocessing")
    expect(page.locator("#review-told")).to_contain_text("A quiz is under way.")


def test_a_raw_call_reads_no_key_and_touches_nobody_s_record(home: Path, page: Page) -> None:
    """What is sent without our cookie, or for what another was asked, changes and tells nothing."""
    due = next(i for i in ITEMS.values() if i.section_id == BASICS)
    with Learner(home, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC), Carded(due.id))
    with page.expect_request(
        lambda r: "component_server" in r.url and '"look"' in (r.post_data or "")
    ) as sent:
        page.reload()
    expect(page.locator(f"{MAIN} .card")).to_be_visible()
    body = json.loads(sent.value.post_data or "{}")

    def raw(fn: str, data: object, cookie: str = "") -> dict[str, object]:
        request = urllib.request.Request(
            sent.value.url,
            data=json.dumps({**body, "fn_name": fn, "data": data}).encode(),
            headers={"Content-Type": "application/json", "Cookie": cookie},
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            found = json.load(response)
        assert isinstance(found, dict)
        return found

    card = {"do": "turn", "card": due.id, "stamp": 1}
    far = f"studypath_visitor={'a' * 32}"
    for fn, data in (("look", {}), ("due", {}), ("act", card)):
        assert "load this page again" in str(raw(fn, data)["problem"])
    other = next(i for i in ITEMS.values() if i.section_id.startswith("m3"))
    told = raw("act", {"do": "turn", "card": other.id, "stamp": 0}, far)
    assert key_words(other) not in str(told)
    begin(page, count="3")
    told = raw("act", {"do": "reply", "sitting": "0" * 16, "number": 1, "answer": "a"}, far)
    assert "another one was begun" in str(told["told"])
    assert "problem" in raw("act", {"do": "judge", "verdict": "superb"}, far)
    assert "problem" in raw("act", "nothing at all", far)
    assert len(deeds(home)) == 1


def test_what_a_model_wrote_is_shown_as_text(home: Path, page: Page) -> None:
    written = generated(HOSTILE)
    keep(learner_folder(home, "me"), [written])
    with Learner(home, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC), Carded(written.item.id))
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    page.reload()
    main = page.locator(MAIN)
    expect(main).to_contain_text("Q <script>hit()</script> ${hit(1)} {{x}} b <img src=/a")
    expect(main.locator("pre code")).to_contain_text("  code <script>hit()")
    page.keyboard.press(" ")
    expect(main).to_contain_text("K <script>hit()</script> ${hit(1)} {{x}} b <img")
    expect(main).to_contain_text("W <script>hit()")
    page.keyboard.press("1")
    expect(main).to_contain_text("1 card reviewed today")
    begin(page, count="20")
    while not main.inner_text().count("written by a model"):
        page.get_by_role("button", name="I don’t know").click()
        page.get_by_role("button", name="Next").click()
        expect(verdict(page)).to_have_count(0)
    page.keyboard.press("1")
    expect(verdict(page)).to_be_visible()
    expect(main).to_contain_text("b <img src=/a onerror=hit()>")
    page.wait_for_timeout(500)
    assert page.evaluate("window.hits") == 0
    elements = "#review :is(img, script, iframe, object, form:not(#review-quiz), style)"
    assert page.locator(elements).count() == 0
    assert page.locator("#review a[href^='javascript']").count() == 0


def test_a_placement_test_is_taken_and_left(home: Path, page: Page) -> None:
    page.get_by_role("button", name="Take the test").click()
    expect(head(page)).to_have_text("Which sections do you know already?")
    reply(page, rightly=True)
    page.keyboard.press("Enter")
    expect(page.locator(f"{MAIN} .meta")).to_contain_text("Question 2 ·")
    page.get_by_role("button", name="Leave the test").click()
    expect(page.locator(MAIN)).to_contain_text("no section is marked")
    (made,) = deeds(home)
    assert isinstance(made, Attempt)
    assert made.during == "placement"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nobody_is_kept_out_of_a_quiz(
    app: str, home: Path, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = fresh(open_page(*size, dark=dark), app, home)
    name = f"{'dark-' if dark else ''}{size[0]}"
    checked(page, size, f"review-empty-{name}")
    begin(page, "m1w1", "10")
    kinds: set[str] = set()
    while True:
        kind = type(asked(page).expected).__name__.lower()
        if kind not in kinds:
            checked(page, size, f"review-{kind}-{name}")
        reply(page, rightly=False)
        if kind not in kinds:
            checked(page, size, f"review-{kind}-told-{name}")
        kinds.add(kind)
        page.keyboard.press("Enter")
        expect(verdict(page)).to_have_count(0)
        if page.locator(f"{MAIN} .end").count():
            break
    assert len(kinds) == 4
    checked(page, size, f"review-summary-{name}")
