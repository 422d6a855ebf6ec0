"""The page as a whole in a real Chromium: one way through all places, by keyboard and on a phone.

Each place has tests of its own; here stands what no place can hold alone.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from assistant.answer import Citation
from assistant.items import Generated, keep, load_items
from assistant.learner import Carded, Learner
from assistant.precious import learner_folder
from assistant.quiz import Choice, Distractor, Item
from ingest.curriculum import load
from tests.browser.test_chat import CHIP, DONE, PATIENCE, ask, visit
from tests.browser.test_sources import picture, serious, tab
from tests.served import forget_record, ingest, serving

pytestmark = pytest.mark.browser

PLACES = ("Chat", "My path", "Review", "Sources", "Evaluation")
BASICS, VECTORS = "m1w1-basic-ml-concepts", "m2w3-vector-database-fundamentals"
CARDS = 12
MOST_STOPS = 120  # of the Tab key in one place
HOSTILE = "<script>hit()</script> <img src=/a onerror=hit()> ${hit(1)} {{x}} `b`"
# A path is Markdown: what is to be text there is escaped.
IN_PATH = HOSTILE.replace("<", "\\<")
SHOWN = "<img src=/a onerror=hit()> ${hit(1)} {{x}}"
# What has the focus, and whether a person could see it.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return {name: 'body', seen: true};
  const box = at.getBoundingClientRect();
  return {
    name: at.tagName + '#' + at.id + '.' + at.className + ' ' + at.textContent.slice(0, 40),
    seen: Boolean(at.getClientRects().length) && box.width > 0 && box.height > 0
      && getComputedStyle(at).visibility === 'visible'
      && !at.closest('[inert], [aria-hidden=true]'),
  };
}"""
FITS = """tab => {
  const words = document.createRange();
  words.selectNodeContents(tab);
  const [inner, outer] = [words, tab].map(one => one.getBoundingClientRect());
  return inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5;
}"""

OpenPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def anew(home: Path) -> None:
    """Let each test begin with the same cards due."""
    forget_record(home)
    then = datetime.now(UTC) - timedelta(days=5)
    items = [item for item in load_items().values() if item.section_id == BASICS][:CARDS]
    with Learner(home, then) as record:
        record.add(then, *(Carded(item.id) for item in items))


def answered(page: Page, address: str, question: str = "What is overfitting?") -> None:
    visit(page, address)
    ask(page, question)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)


def chosen(page: Page, name: str) -> None:
    """Expect one place alone to be chosen and shown."""
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", selected=True)).to_have_count(1)
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def press_until(page: Page, key: str, selector: str) -> Locator:
    """Press a key until what has the focus fits a selector; on the way it is never hidden."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS)
        assert focus["seen"], f"the focus is in something hidden: {focus['name']}"
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return page.locator("*:focus")
    pytest.fail(f"{key} does not reach {selector}")


def to_place(page: Page, name: str) -> None:
    """Go to a place from wherever one is, by the tabs and the arrow keys alone."""
    press_until(page, "Shift+Tab", '[role="tab"]')
    page.keyboard.press("Home")
    for _ in range(PLACES.index(name)):
        page.keyboard.press("ArrowRight")
    expect(tab(page, name)).to_be_focused()
    chosen(page, name)


# ── by keyboard ─────────────────────────────────────────────────────────────────────────────────


def test_one_way_through_all_places_by_keyboard_alone(app: str, page: Page) -> None:
    visit(page, app)
    expect(page.locator("#box textarea")).to_be_focused()
    page.keyboard.type("What is overfitting?")
    page.keyboard.press("Enter")
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#box textarea")).to_be_focused()
    chip = press_until(page, "Shift+Tab", "#chat a[href^='#cite-']").get_attribute("href")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f"{CHIP}:focus")).to_have_attribute("href", str(chip))

    to_place(page, "My path")
    expect(page.locator("#path-tree [data-section]").first).to_be_visible()
    press_until(page, "Tab", '#path-tree button[data-section^="m1w2"]')
    page.keyboard.press("Enter")
    expect(page.locator("#path-tree [aria-current]:focus")).to_have_count(1)
    expect(page.locator("#path-card .where")).to_contain_text("Month 1 · Week 2")

    to_place(page, "Review")
    expect(page.get_by_role("button", name="Show answer")).to_be_visible()
    for left in (CARDS - 1, CARDS - 2, CARDS - 3):
        page.keyboard.press(" ")
        expect(page.locator("#review-main .back")).to_be_focused()
        page.keyboard.press("3")
        expect(page.locator("#review-head")).to_have_text(f"{left} due today")

    to_place(page, "Sources")
    expect(page.locator("#sources-ledger .count")).to_have_text(re.compile(r"^\d+ sources$"))
    press_until(page, "Tab", "#sources-find")
    page.keyboard.type("Kaggle")
    expect(page.locator("#sources-ledger .count")).to_have_text(re.compile(r"^\d+ of \d+ sources"))

    to_place(page, "Evaluation")
    press_until(page, "Tab", "#evaluation-run input")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Quick look")).to_be_checked()
    press_until(page, "Tab", "#evaluation-run button")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_focus_is_never_in_something_hidden(
    app: str, open_page: OpenPage, size: tuple[int, int]
) -> None:
    page = open_page(*size)
    answered(page, app)
    page.locator(CHIP).first.click()
    expect(page.locator("#panel h2")).to_be_focused()
    for close in ("Escape", ""):  # with the passage closed, and as it opens again
        if close:
            page.keyboard.press(close)
        walk(page)
        page.locator(CHIP).first.press("Enter")
    for name in PLACES[1:]:
        tab(page, name).click()
        chosen(page, name)
        inside = page.get_by_role("tabpanel", name=name).locator("button:visible")
        expect(inside.first).to_be_visible()
        walk(page)


def walk(page: Page) -> None:
    """Press Tab around the place; what has the focus is seen at each stop."""
    names = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["seen"], f"the focus is in something hidden: {focus['name']}"
        names.add(focus["name"])
    assert len(names) > 2


# ── on a phone ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [320, 360, 390])
def test_five_tabs_fit_a_phone(app: str, open_page: OpenPage, width: int) -> None:
    page = open_page(width, 844)
    visit(page, app)
    expect(page.locator("#tab-review")).to_have_attribute("data-due", str(CARDS))
    ends = 0.0
    for one in page.get_by_role("tab").all():
        box = one.bounding_box()
        assert box is not None
        assert box["x"] >= ends - 0.5, "one tab lies on another"
        ends = box["x"] + box["width"]
        assert ends <= width, "a tab is cut off"
        assert box["height"] >= 44
        assert one.evaluate(FITS), "a name is wider than its tab"
    for name in PLACES:
        tab(page, name).click()
        chosen(page, name)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("window.scrollX") == 0


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_every_button_of_every_place_has_a_name(
    app: str, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    answered(page, app)
    page.locator(CHIP).first.click()
    expect(page.locator("#panel h2")).to_be_focused()
    for name in PLACES:
        page.evaluate(
            "id => document.getElementById(id).click()", f"tab-{name.split()[-1].lower()}"
        )
        chosen(page, name)
        page.wait_for_timeout(500)
        expect(page.locator(".late")).to_have_count(0)
        assert serious(page) == []
        tree = page.locator("body").aria_snapshot()
        assert not re.findall(r"^\s*- button(?: \[[^\]]*\])*:?$", tree, re.M)
        picture(page, f"{name.split()[-1].lower()}-{'dark-' if dark else ''}{size[0]}-whole")


# ── from one place to another ───────────────────────────────────────────────────────────────────


def test_a_passage_and_a_refusal_lead_to_the_path(app: str, page: Page) -> None:
    answered(page, app, "How does HNSW work?")
    page.locator(CHIP).first.click()
    page.get_by_role("link", name="Go to section").or_(
        page.get_by_role("button", name="Go to section")
    ).click()
    chosen(page, "My path")
    expect(page.locator("#path-card h2")).to_have_text("Vector Database Fundamentals")
    expect(page.locator("#path-card h2")).to_be_focused()
    assert page.url.endswith(f"#path={VECTORS}")

    page.get_by_role("button", name="Ask about this section").click()
    chosen(page, "Chat")
    box = page.locator("#box textarea")
    expect(box).to_be_focused()
    expect(box).to_have_value(re.compile("Vector Database Fundamentals"))
    expect(page.locator("#chat .user")).to_have_count(1)  # it is not sent

    ask(page, "Who won the football world cup in 1974?")
    nearest = page.locator("#chat a[href^='/read/']")
    expect(nearest.first).to_be_visible(timeout=PATIENCE)
    place = nearest.first.inner_text()
    nearest.first.click()
    chosen(page, "My path")
    expect(page.locator("#path-card h2")).to_be_focused()
    assert place.endswith(page.locator("#path-card h2").inner_text())


def test_the_path_leads_to_quiz_and_cards_and_a_quiz_back(app: str, page: Page) -> None:
    page.goto(f"{app}/#path={VECTORS}")
    page.get_by_role("button", name="Quiz me on this section").click()
    chosen(page, "Review")
    expect(page.locator("#review-scope")).to_have_value(VECTORS)
    expect(page.get_by_role("button", name="Begin")).to_be_focused()

    tab(page, "My path").click()
    page.locator("#next-plan [data-go='review']").click()
    chosen(page, "Review")
    expect(page.locator("#review-head")).to_have_text(f"{CARDS} due today")
    assert page.evaluate(FOCUS)["seen"]
    page.keyboard.press(" ")
    expect(page.locator("#review-main .back")).to_be_focused()

    page.locator("#review-scope").select_option(VECTORS)
    page.locator("#review-count").select_option("3")
    page.get_by_role("button", name="Begin").click()
    for _ in range(3):
        page.get_by_role("button", name="I don’t know").click()
        page.locator("#review-main [data-do='follow']").click()
    page.get_by_role("button", name="Go to section").first.click()
    chosen(page, "My path")
    expect(page.locator("#path-card h2")).to_be_focused()
    assert page.url.endswith(f"#path={VECTORS}")


# ── hostile text ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_hostile_text_is_text_in_all_places_at_once(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "path.md"
    path.write_text(
        f"# P {IN_PATH}\n\n## Month 1: M {IN_PATH}\n\n### Week 1: W {IN_PATH}\n\n"
        f"#### Sails {IN_PATH} (2-3 hours)\n\n- **Concept:** C {IN_PATH}\n"
        f"- **Topics:**\n    - Keels {IN_PATH}\n- **Resources:**\n"
        f"    - **Video:** [T {IN_PATH}](https://example.org/x?a=<b>&c=${{hit(2)}})\n",
        encoding="utf-8",
    )
    home = tmp_path / "home"
    ingest(home, "--path", str(path))
    card(home, load(path).sections[0].id)
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    with serving(home) as address:
        response = page.goto(address)
        assert response is not None
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        ask(page, f"What are keels {HOSTILE}?")
        expect(page.locator("#chat .user")).to_contain_text(SHOWN, timeout=PATIENCE)
        expect(page.locator("#chat .bot .acts button").first).to_be_visible(timeout=PATIENCE)
        tab(page, "My path").click()
        expect(page.locator("#path-card h2")).to_contain_text(SHOWN[:20], timeout=PATIENCE)
        tab(page, "Review").click()
        expect(page.locator("#review-main")).to_contain_text(f"Q <script>hit()</script> {SHOWN}")
        tab(page, "Sources").click()
        page.get_by_label("Find").fill(HOSTILE)
        page.locator("#sources-file").set_input_files(
            {"name": "<img src=a onerror=hit()> ${hit(1)} {{x}} `b`.md",
             "mimeType": "text/markdown", "buffer": f"# {HOSTILE}\n\nKeels.".encode()}
        )  # fmt: skip
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("#sources-work .job .line")).to_be_visible(timeout=PATIENCE)
        tab(page, "Evaluation").click()
        page.wait_for_timeout(1_000)
        assert page.evaluate("window.hits") == 0
        places = "#main, #path, #review, #sources, #evaluation, #panel, #quote"
        inside = page.locator(places)
        loading = inside.locator("img, iframe, object, script, style, video, base, meta")
        # The style inside an icon is Gradio's own.
        shown = "all => all.filter(e => !e.closest('svg')).map(e => e.outerHTML.slice(0, 200))"
        assert loading.evaluate_all(shown) == []
        assert inside.locator("a[href^='javascript'], a[href^='data'], [onerror]").count() == 0


def card(home: Path, section: str) -> None:
    """Keep a card whose every word is hostile."""
    wrong = tuple(Distractor(f"{n} {HOSTILE}", f"why {HOSTILE}") for n in "abc")
    item = Item(
        f"{section}/generated-0", section, f"T {HOSTILE}", "recall", 2, f"Q {HOSTILE}",
        Choice(f"K {HOSTILE}", wrong), "", (HOSTILE,),
    )  # fmt: skip
    cited = Citation(
        1, "p", f"P {HOSTILE}", f"C {HOSTILE}", "note", "javascript:hit()", "javascript:hit()",
        (section,), f"W {HOSTILE}", 0, 9, "page", "",
    )  # fmt: skip
    keep(learner_folder(home, "me"), [Generated(item, cited)])
    with Learner(home, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC), Carded(item.id))
