"""The chat page in a real Chromium, on the real app and the notes that ship with it."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.served import serving

pytestmark = pytest.mark.browser

QUESTION = "How does HNSW work?"
SECTION = "m2w3-vector-database-fundamentals"
CHIP = "#chat a[href^='#cite-']"
DONE = "#chat a[href^='#copy-']"  # stands below an answer that is complete
PATIENCE = 60_000  # ms: a first question may wait for the keyword index to be built
HOSTILE = (
    "<script>hit()</script> <img src=http://evil.example/a onerror=hit()>"
    " ![i](http://evil.example/b.png) [x](javascript:hit()) ${hit(1)} {{x}} `<b>` what is HNSW?"
)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app on an empty home, as `make run` does, and return its address."""
    home = tmp_path_factory.mktemp("web") / "home"
    with serving(home) as address:
        yield address


def visit(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#box textarea")).to_be_editable(timeout=15_000)
    expect(page.locator("#chat")).to_be_attached(timeout=15_000)


def ask(page: Page, question: str) -> None:
    page.fill("#box textarea", question)
    page.keyboard.press("Enter")


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where STUDYPATH_SCREENSHOTS names a folder."""
    folder = os.environ.get("STUDYPATH_SCREENSHOTS")
    if folder:
        if page.locator("#status p").count():  # shown as it is when all is ready
            expect(page.locator("#status p")).to_have_text("", timeout=240_000)
        page.wait_for_timeout(400)  # the sheet slides in
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def serious(page: Page) -> list[str]:
    """Name what axe finds that keeps people from using the page."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] != "minor"]


def test_a_chip_of_a_streamed_answer_opens_the_quoted_passage(app: str, page: Page) -> None:
    visit(page, app)
    # The examples come with the library, which is being built when the page opens first.
    expect(page.locator("#chat .example").first).to_be_visible(timeout=PATIENCE)
    picture(page, "empty-1280")
    page.evaluate(
        """() => { window.lengths = new Set();
        new MutationObserver(() => window.lengths.add(
            document.querySelectorAll("#chat a[href^='#cite-']").length)
        ).observe(document.querySelector('#chat'), {childList: true, subtree: true}); }"""
    )
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    assert len(page.evaluate("[...window.lengths]")) > 2, "the answer came in one piece"
    chip = page.locator(CHIP).first
    before = time.perf_counter()
    chip.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    assert time.perf_counter() - before < 2
    marked = " ".join(page.locator("#panel mark").all_inner_texts())
    said = page.locator("#chat .bot").last.inner_text()
    assert "".join(filter(str.isalnum, marked))[:40] in "".join(filter(str.isalnum, said))
    expect(page.locator("#panel .where")).to_contain_text("Month 2 · Week 3")
    expect(page.locator("#panel h2")).to_be_focused()
    picture(page, "chat-1280")
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    page.keyboard.press("Enter")  # the same chip again, by keyboard
    expect(page.locator("#panel h2")).to_be_focused()


def test_the_panel_links_to_our_note(app: str, page: Page) -> None:
    visit(page, app)
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    page.locator(CHIP).first.click()
    link = page.locator("#panel a.open")
    expect(link).to_be_visible()
    target = str(link.get_attribute("href"))
    assert target.startswith(f"/read/{SECTION}")
    page.goto(app + target)
    expect(page.locator("h1").first).to_have_text("Vector Database Fundamentals")
    anchor = target.partition("#")[2]
    assert page.locator(f"[id='{anchor}']").count() == 1
    assert serious(page) == []


def test_a_conversation_outlives_a_reload_but_not_a_new_one(app: str, page: Page) -> None:
    visit(page, app)
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    page.reload()
    expect(page.locator(DONE)).to_be_visible()
    page.locator(CHIP).last.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(CHIP)).to_have_count(0)
    expect(page.locator("#panel")).to_contain_text("Sources appear here")


def test_visitors_do_not_see_each_other(app: str, open_page: OpenPage) -> None:
    first, second = open_page(), open_page()
    visit(first, app)
    ask(first, QUESTION)
    expect(first.locator(DONE)).to_be_visible(timeout=PATIENCE)
    href = first.locator(CHIP).first.get_attribute("href")
    visit(second, app)
    expect(second.locator(CHIP)).to_have_count(0)
    second.evaluate(
        """href => { const a = document.createElement('a'); a.href = href; a.textContent = 'x';
        document.querySelector('#chat').append(a); a.click(); }""",
        href,
    )
    expect(second.locator("#panel")).to_contain_text("This source is gone")
    expect(second.locator("#panel mark")).to_have_count(0)


def test_a_refusal_is_calm_and_names_sections(app: str, page: Page) -> None:
    visit(page, app)
    ask(page, "Who won the football world cup in 1974?")
    expect(page.locator("#chat .bot").last).to_contain_text(" in Sources", timeout=PATIENCE)
    expect(page.locator(CHIP)).to_have_count(0)


def test_hostile_text_is_text(app: str, page: Page) -> None:
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    visit(page, app)
    ask(page, HOSTILE)
    expect(page.locator("#chat .user")).to_contain_text("<script>hit()</script>")
    expect(page.locator("#chat .user")).to_contain_text("${hit(1)} {{x}}")
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.hits") == 0
    assert page.locator("#chat .user :is(img, script, a, form, iframe)").count() == 0


def test_an_answer_is_copied_with_its_references(app: str, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, app)
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    page.locator(DONE).click()
    expect(page.locator(DONE)).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert " [1]" in copied
    assert "\\[1\\] Vector Database Fundamentals" in copied
    assert "#cite-" not in copied


def test_an_example_question_is_answered(app: str, page: Page) -> None:
    visit(page, app)
    page.locator("#chat .example").last.click()
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)


def test_a_phone_opens_the_passage_as_a_sheet(app: str, open_page: OpenPage) -> None:
    page = open_page(390, 844)
    visit(page, app)
    expect(page.locator("#box")).to_be_in_viewport()
    picture(page, "empty-390")
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    picture(page, "chat-390")
    expect(page.locator("#panel")).to_be_hidden()
    page.locator(CHIP).first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    expect(page.locator("#panel h2")).to_be_focused()
    picture(page, "source-390")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    box = page.locator("#panel .close").bounding_box()
    assert box is not None
    assert box["width"] >= 44
    assert box["height"] >= 44
    page.get_by_role("button", name="Close the source").click()
    expect(page.locator("#panel")).to_be_hidden()


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nobody_is_kept_out(
    app: str, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    visit(page, app)
    expect(page.locator("#chat .example").first).to_be_visible()
    assert serious(page) == []
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    page.locator(CHIP).first.click()
    expect(page.locator("#panel mark").first).to_be_visible()
    page.wait_for_timeout(300)  # a sheet that still slides has no colours to judge
    assert serious(page) == []
    if dark:
        picture(page, f"dark-{size[0]}")
    nameless = page.evaluate(
        """[...document.querySelectorAll('button')].filter(b => b.offsetParent && !(
        b.textContent.trim() || b.title || b.getAttribute('aria-label'))).length"""
    )
    assert nameless == 0


def test_the_api_names_the_five_tools_alone(app: str) -> None:
    with urllib.request.urlopen(f"{app}/gradio_api/info", timeout=10) as response:
        info = json.load(response)
    assert sorted(info["named_endpoints"]) == ["/ask", "/next", "/quiz", "/search", "/sources"]
    assert info["unnamed_endpoints"] == {}


def called(app: str, name: str, *sent: object, **headers: str) -> str:
    """Call a function of the HTTP API as any program would; gives the stream of its events."""
    place = f"{app}/gradio_api/call/{name}"
    kind = {"content-type": "application/json", **headers}
    body = json.dumps({"data": sent}).encode()
    with urllib.request.urlopen(urllib.request.Request(place, body, kind), timeout=60) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{place}/{event}", timeout=60) as response:
        return str(response.read().decode())


def test_the_tools_answer_plain_http(app: str) -> None:
    assert '"citations": [{' in called(app, "ask", "What is overfitting?")
    assert '"hits": [{' in called(app, "search", "overfitting", 3)
    assert '"minutes": 45' in called(app, "next", 45)
    assert '"type": "question"' in called(app, "quiz", "m1w1", "", "", "")
    assert '"status"' in called(app, "sources")


def test_a_page_of_another_site_does_not_reach_the_record(app: str) -> None:
    assert "event: error" in called(app, "next", 45, origin="https://example.org")
    assert "event: error" in called(
        app, "quiz", "m1w1", "", "", "", **{"x-forwarded-for": "1.2.3.4"}
    )


def test_every_response_is_guarded(app: str) -> None:
    with urllib.request.urlopen(app, timeout=10) as response:
        policy = response.headers["content-security-policy"]
        cookie = response.headers["set-cookie"]
    assert "default-src 'self'" in policy
    assert "HttpOnly" in cookie
    with urllib.request.urlopen(f"{app}/read/{SECTION}", timeout=10) as response:
        assert "default-src 'none'" in response.headers["content-security-policy"]
    with pytest.raises(urllib.error.HTTPError) as gone:
        urllib.request.urlopen(f"{app}/read/no-such-section", timeout=10)
    assert gone.value.code == 404
