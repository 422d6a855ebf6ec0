"""Formulas in a real Chromium, drawn by the KaTeX that comes with Gradio, in our own chat."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from assistant.answer import Answer, Sentence
from tests.test_formulas import HOSTILE, MATHEMATICS, WORDS
from ui import asking, chat, formulas, style
from ui.render import chat_markdown

pytestmark = pytest.mark.browser

PROSE = "#chat .bot .prose"
CODE = "import os\n\n\ndef price() -> str:\n    return '$x^2$ and $PATH'  # \\(a\\)\n"
LONG = "$$" + " + ".join(f"\\frac{{\\partial L}}{{\\partial w_{{{n}}}}}" for n in range(12)) + "$$"
EVERYDAY = (
    Sentence("The loss is $L = \\frac{1}{n} \\sum_i (y_i - \\hat{y}_i)^2$ for $n$ points.", ()),
    Sentence(LONG, ()),
    Sentence("A run costs $5 and $6, in `$PATH` or $(pwd).", ()),
    Sentence(f"```python\n{CODE}```", (), block=True),
    Sentence("| size | cost |\n| --- | --- |\n| $n^2$ | $5 |", (), block=True),
)

Show = Callable[..., None]


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[str, list[list[str]]]]:
    """Serve our chat; a visit shows the messages of the list, each list an answer as it grows."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr

    steps: list[list[str]] = []

    def play() -> Iterator[list[dict[str, str]]]:
        for step in steps:
            yield [asking.said(text) for text in step]
            time.sleep(0.06)

    with gr.Blocks() as blocks:
        parts = chat.lay_out([])
        blocks.load(play, None, parts.chat, show_progress="hidden")
    look = {"css": style.CSS, "theme": style.theme(), "footer_links": [], "ssr_mode": False}
    blocks.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", **look)
    yield str(blocks.local_url), steps
    blocks.close()


@pytest.fixture
def show(stage: tuple[str, list[list[str]]]) -> Show:
    """Return a function that shows an answer, or one after the other."""

    def show_answer(page: Page, *sentences: Sentence, steps: Sequence[str] = ()) -> None:
        address, played = stage
        end = Sentence("This is the end.", ())
        whole = chat_markdown(Answer("How?", (*sentences, end)), "m", {})
        played[:] = [*([step] for step in steps), [whole]]
        page.goto(address)
        expect(page.locator(PROSE).last).to_contain_text("This is the end.", timeout=30_000)

    return show_answer


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where STUDYPATH_SCREENSHOTS names a folder."""
    folder = os.environ.get("STUDYPATH_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(400)
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_formulas_are_drawn_and_all_else_stays_text(
    show: Show, open_page: Callable[..., Page], width: int, dark: bool
) -> None:
    page = open_page(width, 844, dark=dark)
    show(page, *EVERYDAY)
    expect(page.locator(f"{PROSE} .katex")).to_have_count(4)
    expect(page.locator(f"{PROSE} .katex-display")).to_have_count(1)
    expect(page.locator(f"{PROSE} .katex-error")).to_have_count(0)
    assert page.evaluate("document.fonts.check('16px KaTeX_Math')")
    words = page.locator(PROSE).inner_text()
    assert "costs $5 and $6, in $PATH or $(pwd)." in words
    assert "$5" in page.locator(f"{PROSE} td").last.inner_text()
    code = page.locator(f"{PROSE} pre code")
    assert code.text_content() == CODE
    assert code.get_attribute("class") == "language-python"
    assert not {*"\ue002\ue003\ue004\ue005"} & {*words}
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page, context="#chat").response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    picture(page, f"formulas-{width}")


def every_command() -> list[str]:
    """One formula for each command and environment that may be drawn."""
    two = {name for name in formulas.COMMANDS if name.endswith(("frac", "binom"))}
    two |= {"stackrel", "overset", "underset"}
    one = {"sqrt", *formulas.DRESS.split()} - two
    one -= {"rm", "bf", "it", "sf", "tt", "cal", "displaystyle", "textstyle"}
    apart = {"begin", "end", "left", "right", "middle", "tag", "label", "not", "hline"}
    apart |= {"substack", "over", "choose"}
    sources = ["$a \\over b$", "${n \\choose k}$", "$\\left( a \\middle| b^2 \\right)$"]
    sources += ["$a \\not= b$", "$\\sum_{\\substack{a \\\\ b}} x$"]
    for name in sorted(filter(str.isalpha, formulas.COMMANDS - apart)):
        operands = "{a}{b}" if name in two else "{a}" if name in one else ""
        bracket = "(" if name.rstrip("lrm").lower() in ("big", "bigg") else ""
        before = "\\sum" if name in ("limits", "nolimits") else ""
        sources.append(f"$x = {before}\\{name}{operands}{bracket} y^2$")
    for name, drawn_as in formulas.ENVIRONMENTS.items():
        columns = {"array": "{cc}", "alignedat": "{2}"}.get(name, "")
        row = "a = b" if drawn_as == "gathered" else "a & b"
        sources.append(f"$$\\begin{{{name}}}{columns} {row} \\\\ {row} \\end{{{name}}}$$")
    return sources


def test_every_command_is_known_to_katex(show: Show, page: Page) -> None:
    """A command that KaTeX does not know would be shown as an error."""
    sources = every_command()
    assert [source for source in sources if not formulas.marked(source)] == []
    third = len(sources) // 3 + 1
    for part in (sources[:third], sources[third : 2 * third], sources[2 * third :]):
        show(page, *(Sentence(source, ()) for source in part))
        drawn = page.locator(f"{PROSE} .katex")
        errors = page.locator(f"{PROSE} .katex-error")
        page.wait_for_function(
            f"document.querySelectorAll('{PROSE} :is(.katex, .katex-error)').length >= {len(part)}"
        )
        assert errors.all_inner_texts() == []
        expect(drawn).to_have_count(len(part))


def test_mathematics_is_drawn_and_words_are_not(show: Show, page: Page) -> None:
    show(page, *(Sentence(source, ()) for source in MATHEMATICS))
    expect(page.locator(f"{PROSE} .katex")).to_have_count(len(MATHEMATICS))
    expect(page.locator(f"{PROSE} .katex-error")).to_have_count(0)
    show(page, *(Sentence(f"Pay {text} now.", ()) for text in WORDS))
    expect(page.locator(f"{PROSE} .katex, {PROSE} .katex-error")).to_have_count(0)


def test_hostile_formulas_do_nothing(show: Show, page: Page) -> None:
    """The page asks no other machine for anything: `open_page` looks at every request."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    tricks = (
        *HOSTILE,
        "\\includegraphics{http://evil.example/a.png}",
        "\\text{<img src=http://evil.example/b.png onerror=hit()>}",
        "\\text{&lt;img src=x onerror=hit()&gt;}",
        "\\text{</span><script>hit()</script>}",
        "\\text{${hit(1)} {{x}} %%%LATEX_BLOCK_0%%%}",
        "\\frac{a}",
        "x^a^b",
        "\\begin{matrix}\\text{<b onclick=hit()>}\\end{matrix}",
    )
    around = ("${} = a^2$", "\\[{} = a^2\\]", "`{}`", "\ue002{}\ue003", "\ue004{}\ue005")
    for form in around:
        show(page, *(Sentence(form.replace("{}", tex, 1), ()) for tex in tricks))
    page.wait_for_timeout(300)
    assert page.evaluate("window.hits") == 0
    assert errors == []
    assert page.locator(f"{PROSE} :is(a[href], img, script, iframe, form, object)").count() == 0
    assert page.locator(f"{PROSE} [style*=fixed], {PROSE} [onclick], {PROSE} #panel").count() == 0
    outside = page.locator(f"{PROSE} *").evaluate_all(
        "es => es.filter(e => getComputedStyle(e).position === 'fixed').length"
    )
    assert outside == 0


def test_an_answer_may_grow_through_a_formula(show: Show, page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    text = "The rate $\\alpha = \\frac{1}{n}$ and $$\\sum_{i=1}^n x_i$$ cost $5 or \\(x\\)."
    grown = [
        chat_markdown(Answer("How?", (Sentence(text[:end], ()),)), "", {})
        for end in range(4, len(text), 3)
    ]
    show(page, Sentence(text, ()), steps=grown)
    expect(page.locator(f"{PROSE} .katex")).to_have_count(3)
    expect(page.locator(f"{PROSE} .katex-error")).to_have_count(0)
    assert "cost $5 or" in page.locator(PROSE).inner_text()
    assert errors == []


def test_the_largest_answer_is_drawn_in_time(show: Show, page: Page) -> None:
    unit = "\\frac{a}{b}+"
    source = "$$" + unit * ((formulas.LONGEST - 6) // len(unit)) + "c$$"
    before = time.monotonic()
    show(page, *[Sentence(source, ())] * 20)
    assert 1 <= page.locator(f"{PROSE} .katex").count() < 20
    assert time.monotonic() - before < 20
