"""The Sources tab in a real Chromium, on the real app and the notes that ship with it."""

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.served import ingest, serving

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
COUNT = "#sources-ledger .count"
ROWS = "#sources-ledger tbody tr:not(.section)"
PATIENCE = 120_000  # ms: bringing the library up to date loads the embedding model
NOTES = """# Zephyr pooling

Zephyr pooling is a pooling layer of neural networks that keeps the median of each window instead
of its maximum.

## Why the median

Zephyr pooling is used because one noisy pixel changes the maximum of a window but not its median.
"""
HOSTILE = "\\<img src=/a onerror=hit()> ${hit(1)} {{x}} `b`"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app on an empty home, as `make run` does, and return its address."""
    with serving(tmp_path_factory.mktemp("sources") / "home") as address:
        yield address


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def open_sources(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#box textarea")).to_be_editable(timeout=15_000)
    tab(page, "Sources").click()
    # The ledger comes with the library, which is being built when the page opens first.
    expect(page.locator(COUNT)).to_be_visible(timeout=60_000)


def press_add(page: Page) -> None:
    page.get_by_role("button", name="Add", exact=True).click()


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where STUDYPATH_SCREENSHOTS names a folder."""
    folder = os.environ.get("STUDYPATH_SCREENSHOTS")
    if folder:
        if page.locator("#status p").count():  # shown as it is when all is ready
            expect(page.locator("#status p")).to_have_text("", timeout=240_000)
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def serious(page: Page) -> list[str]:
    """Name what axe finds that keeps people from using the page."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] != "minor"]


# ── two places ──────────────────────────────────────────────────────────────────────────────────


def test_chat_comes_first_and_is_kept_while_sources_are_read(app: str, page: Page) -> None:
    page.goto(app)
    expect(page.locator("#box textarea")).to_be_focused(timeout=15_000)
    names = page.get_by_role("tab").all_inner_texts()
    assert names == ["Chat", "My path", "Review", "Sources", "Evaluation"]
    expect(tab(page, "Chat")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#sources")).to_be_hidden()
    page.fill("#box textarea", "half a question")
    tab(page, "Sources").click()
    expect(page.get_by_role("tabpanel", name="Sources")).to_be_visible()
    expect(page.locator("#main")).to_be_hidden()
    expect(page.get_by_role("button", name="New conversation")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(tab(page, "Review")).to_be_focused()
    page.keyboard.press("Home")
    expect(tab(page, "Chat")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Chat")).to_be_visible()
    expect(page.locator("#sources")).to_be_hidden()
    expect(page.locator("#box textarea")).to_have_value("half a question")
    page.keyboard.press("Tab")  # only the chosen tab is a stop on the way
    expect(page.get_by_role("button", name="Conversations")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="New conversation")).to_be_focused()


def test_a_reload_stays_in_its_place(app: str, page: Page) -> None:
    open_sources(page, app)
    assert page.url.endswith("/#sources")
    page.reload()
    expect(page.locator(COUNT)).to_be_visible()
    expect(tab(page, "Sources")).to_have_attribute("aria-selected", "true")
    expect(tab(page, "Chat")).to_have_attribute("aria-selected", "false")


def test_tabs_take_nothing_from_the_chat(app: str, open_page: OpenPage) -> None:
    # On a phone the two buttons of the conversations need a line of their own.
    for width, height, top in ((1280, 800, 64), (390, 844, 96)):
        page = open_page(width, height)
        page.goto(app)
        expect(page.locator("#chat .example").first).to_be_visible(timeout=60_000)
        expect(page.locator("#status p")).to_have_text("", timeout=PATIENCE)
        box = page.locator("#main").bounding_box()
        assert box is not None
        assert box["y"] == top
        assert page.evaluate("document.documentElement.scrollWidth") == width


# ── filters ─────────────────────────────────────────────────────────────────────────────────────


def test_filters_narrow_the_table_without_a_reload(app: str, page: Page) -> None:
    open_sources(page, app)
    page.evaluate("window.same = true")
    whole = page.locator(COUNT).inner_text()
    assert re.fullmatch(r"\d+ sources", whole)
    total = int(whole.split()[0])
    expect(page.locator(ROWS)).to_have_count(total)

    note = page.locator("#sources-choices [data-status='skipped']")
    shown = int(note.inner_text().split()[0])
    note.click()
    expect(note).to_have_attribute("aria-pressed", "true")
    expect(page.locator(COUNT)).to_have_text(f"{shown} of {whole}: {shown} skipped")
    expect(page.locator("#sources-count")).to_have_text(f"{shown} of {whole}: {shown} skipped")
    expect(page.locator(ROWS)).to_have_count(shown)

    page.get_by_role("button", name="Show all").click()
    expect(page.locator(COUNT)).to_have_text(whole)
    expect(note).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_label("Find")).to_be_focused()

    page.locator("#sources-section").select_option("m2w3-vector-database-fundamentals")
    page.locator("#sources-kind").select_option("note")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#sources-ledger .section")).to_contain_text("Month 2 · Week 3")

    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Find").press_sequentially("feature engineering", delay=20)
    expect(page.locator(ROWS).first).to_contain_text("Feature Engineering")
    expect(page.locator(COUNT)).to_contain_text(f" of {whole}")
    page.get_by_label("Find").fill("no such words anywhere")
    expect(page.locator("#sources-ledger")).to_contain_text("No source fits these filters.")
    assert page.evaluate("window.same") is True


def test_a_link_opens_elsewhere_and_learns_nothing_of_us(app: str, page: Page) -> None:
    open_sources(page, app)
    links = page.locator("#sources-ledger a")
    assert links.count() > 100
    assert set(links.evaluate_all("all => all.map(a => a.rel + ' ' + a.target)")) == {
        "noopener noreferrer _blank"
    }
    schemes = set(links.evaluate_all("all => all.map(a => a.getAttribute('href').split('/')[0])"))
    assert schemes == {"", "http:", "https:"}


# ── adding ──────────────────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_added_is_refused_in_one_line(app: str, page: Page, tmp_path: Path) -> None:
    open_sources(page, app)
    told = page.locator("#sources-told")
    press_add(page)
    expect(told).to_have_text("Give an address or choose a file.")
    for address in ("/etc/passwd", "javascript:hit()"):
        page.get_by_label("Address").fill(address)
        press_add(page)
        expect(told).to_contain_text("An address begins with http:// or https://")
    page.get_by_label("Address").fill("")
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)
    page.locator("#sources-file").set_input_files(large)
    press_add(page)
    expect(told).to_have_text("The file is larger than 20 MB.")
    other = tmp_path / "program.exe"
    other.write_bytes(b"MZ")
    page.locator("#sources-file").set_input_files(other)
    press_add(page)
    expect(told).to_contain_text("Files of these kinds can be read")
    expect(page.locator("#sources-work .job")).to_have_count(0)


def test_another_site_cannot_add_behind_ones_back(app: str, page: Page) -> None:
    """A request without our cookie, as another site's would be, adds nothing."""
    open_sources(page, app)
    with page.expect_request(lambda r: "component_server" in r.url) as sent:
        press_add(page)
    body = json.loads(sent.value.post_data or "{}")
    body["data"] = {"address": "https://example.org/x", "path": "", "section": "own"}
    request = urllib.request.Request(
        sent.value.url,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    assert "load this page again" in answer["problem"]


def test_the_server_itself_refuses_what_is_too_large(app: str) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
    for size, status in ((1_000, 200), (20 * 1024 * 1024 + 1, 413)):
        request = urllib.request.Request(
            f"{app}/gradio_api/upload",
            data=head + b"a" * size + b"\r\n--b--\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=b"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                found = response.status
        except urllib.error.HTTPError as error:
            found = error.code
        assert found == status


def test_a_file_is_added_by_dropping_it(app: str, page: Page) -> None:
    open_sources(page, app)
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(['MZ'], 'program.exe'));
          document.querySelector('#sources-add').dispatchEvent(
            new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}));
        }"""
    )
    expect(page.locator("#sources-told")).to_contain_text("Files of these kinds can be read")


@pytest.mark.slow
def test_an_added_file_is_indexed_and_cited(app: str, page: Page, tmp_path: Path) -> None:
    notes = tmp_path / "zephyr-pooling.md"
    notes.write_text(NOTES, encoding="utf-8")
    open_sources(page, app)
    before = int(page.locator(COUNT).inner_text().split()[0])
    page.locator("#sources-file").set_input_files(notes)
    press_add(page)
    told = page.locator("#sources-work .line")
    expect(told).to_be_visible()
    picture(page, "sources-adding-1280")
    expect(page.locator(COUNT)).to_have_text(f"{before + 1} sources", timeout=PATIENCE)
    expect(told).to_contain_text("Added “", timeout=PATIENCE)
    first = page.locator("#sources-ledger tbody").first
    expect(first.locator(".section")).to_have_text("My own")
    expect(first).to_contain_text(re.compile("zephyr.pooling", re.IGNORECASE))
    expect(first.locator("td.status")).to_have_text("indexed")
    picture(page, "sources-added-1280")

    tab(page, "Chat").click()
    page.fill("#box textarea", "What is Zephyr pooling?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat a[href^='#copy-']")).to_be_visible(timeout=60_000)
    expect(page.locator("#chat .bot").last).to_contain_text("median of each window")
    page.locator("#chat a[href^='#cite-']").first.click()
    expect(page.locator("#panel mark").first).to_contain_text("Zephyr pooling is a pooling layer")


# ── everybody, everywhere ───────────────────────────────────────────────────────────────────────


def test_a_phone_shows_each_source_as_a_card(app: str, open_page: OpenPage) -> None:
    page = open_page(390, 844)
    open_sources(page, app)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = "e => e.scrollWidth > e.clientWidth"
    assert page.locator("#sources").evaluate(wide) is False
    for control in (
        tab(page, "Sources"),
        page.locator("#sources-add summary"),
        page.get_by_label("Find"),
    ):
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 40
    row = page.locator(ROWS).filter(has_text="passage").first
    expect(row.locator(".passages")).to_contain_text("passage")
    # It is laid out as cards, and is still a table to those who do not see it.
    expect(page.get_by_role("table")).to_be_visible()
    assert page.get_by_role("columnheader").count() == 6
    page.locator("#sources-add summary").click()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    picture(page, "sources-form-390")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nobody_is_kept_out_of_the_sources(
    app: str, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    open_sources(page, app)
    picture(page, f"sources-{'dark-' if dark else ''}{size[0]}")
    assert serious(page) == []
    page.locator("#sources-add").evaluate("details => { details.open = true; }")
    press_add(page)
    expect(page.locator("#sources-told")).to_contain_text("Give an address")
    page.locator("#sources-choices [data-status]").first.click()
    expect(page.locator(COUNT)).to_contain_text(" of ")
    assert serious(page) == []
    page.get_by_label("Find").fill("no such words anywhere")
    expect(page.locator("#sources-ledger")).to_contain_text("No source fits")
    assert serious(page) == []
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, select')].filter(
        b => b.offsetParent && !(b.textContent.trim() || b.title || b.labels?.length
        || b.getAttribute('aria-label'))).length"""
    )
    assert nameless == 0


@pytest.mark.slow
def test_a_hostile_path_is_text_in_the_ledger(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "path.md"
    path.write_text(
        f"# P\n\n## Month 1: M\n\n### Week 1: W\n\n#### S {HOSTILE}\n\n- **Resources:**\n"
        f"    - **Video:** [T {HOSTILE}](https://example.org/x?a=<b>&c=${{hit(2)}})\n",
        encoding="utf-8",
    )
    home = ingest(tmp_path / "home", "--path", str(path))
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    with serving(home) as address:
        open_sources(page, address)
        ledger = page.locator("#sources-ledger")
        expect(ledger).to_contain_text("${hit(1)}")
        expect(ledger).to_contain_text("onerror=hit()")
        page.get_by_label("Find").fill(HOSTILE)
        page.wait_for_timeout(500)
        assert page.evaluate("window.hits") == 0
        assert page.locator("#sources :is(img, script, iframe, object)").count() == 0
