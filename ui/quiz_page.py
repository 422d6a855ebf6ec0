"""Questions, feedback and summaries of the place "Review" as HTML; pure.

Items may be written by a model and answers are typed by anybody: everything here is escaped, and
the only links written are web addresses and our own reading pages.
"""

import re
from collections.abc import Sequence
from html import escape

from assistant.answer import Citation
from assistant.grading import LETTERS, permutation
from assistant.placement import Placed
from assistant.quiz import Choice, Item, Numeric, Order, Short
from assistant.quizzing import Bank, Feedback, Summary, key_words
from ingest.split import Passage
from ui import next_page
from ui.markup import clean, one_line
from ui.panel import LINK_WORDS
from ui.quiz_text import VERDICTS, written_words
from ui.render import href, source_address
from ui.report_words import count_words
from ui.safe_html import marked_html, with_code

LONGEST = 600  # characters of a question, a choice or a reason
MOST_AGAIN = 10  # answers that a summary lists to look at again
SELF_GRADES = (("right", "Right"), ("partly", "Partly right"), ("wrong", "Wrong"))
FORMS = {Numeric: "A number, such as 0.15, 15% or 3/20", Short: "A word or a few"}


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def text(words: str, longest: int = LONGEST) -> str:
    """Write words on one line as HTML, none of them as markup; code stands between backticks."""
    return with_code(words, longest)


def worded(words: str) -> str:
    """Write a question: lines of words, and code between fences as a block."""
    parts = re.split(r"```[^\n`]*\n(.*?)(?:```|\Z)", clean(words)[: 4 * LONGEST], flags=re.S)
    written = []
    for n, part in enumerate(parts):
        if n % 2:
            written.append(f'<pre tabindex="0"><code>{escape(part.rstrip())}</code></pre>')
        else:
            written += [f"<p>{text(line)}</p>" for line in part.split("\n") if line.strip()]
    return "".join(written)


def sentence(words: str) -> str:
    """Write words as a sentence."""
    return text(next_page.sentence(words))


def key_html(item: Item) -> str:
    """Write the right answer; steps as a list."""
    if isinstance(item.expected, Order):
        steps = "".join(f"<li>{text(step)}</li>" for step in item.expected.steps)
        return f'<p class="label">The right order</p><ol class="steps">{steps}</ol>'
    return f'<p class="label">The answer</p><p class="key">{text(key_words(item))}</p>'


def head_html(bank: Bank, item: Item, count: str) -> str:
    """Say which one it is, and where it belongs."""
    where = bank.curriculum.place(item.section_id)
    return f'<p class="meta">{text(f"{count} · {where} · {item.topic}{written_words(item)}")}</p>'


def proof_html(citation: Citation | None, passage: Passage | None) -> str:
    """Write the passage that proves a key with its words marked, its place and its link."""
    if citation is None:
        return ""
    body = marked_html(citation.quote, 0, len(citation.quote))
    if passage:
        first, last = citation.start - passage.start, citation.end - passage.start
        if 0 <= first < last and passage.text[first:last] == citation.quote:
            body = marked_html(passage.text, first, last)
    link = link_of(citation)
    opened = LINK_WORDS.get(citation.link_precision, LINK_WORDS["page"])
    if citation.kind == "note":
        opened = opened.replace("the page", "the note")
    read = (
        f'<p><a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{opened}\u00a0↗</a>'
        "</p>"
        if link
        else ""
    )
    return (
        f'<figure class="proof"><figcaption>{text(citation.where or citation.title)}</figcaption>'
        '<div class="passage reading" tabindex="0" role="region" aria-label="The passage that'
        f' proves it">{body}</div>{read}</figure>'
    )


def link_of(citation: Citation) -> str | None:
    """Give the address of a proof, None where there is none to follow."""
    return href(source_address(citation)) or href(citation.url)


# ── a question ──────────────────────────────────────────────────────────────────────────────────


def question_html(head: str, item: Item, shown: Sequence[str], again: str = "") -> str:
    """Write a question with what it is answered by; `again` says why the last answer was none."""
    told = f'<p class="again" role="alert">{sentence(again)}</p>' if again else ""
    return (
        f'{head}<div class="question" id="review-question" tabindex="-1" data-focus>'
        f"{worded(item.question)}</div>{told}{answering_html(item, shown)}"
        '<p class="do quiet"><button type="button" data-do="reply" data-answer="">I don’t know'
        "</button></p>"
    )


def leave_html(words: str) -> str:
    """Write the button that ends a sitting before its end."""
    return f'<p class="do quiet"><button type="button" data-do="leave">{words}</button></p>'


def answering_html(item: Item, shown: Sequence[str]) -> str:
    """Write choices, steps to be put in order, or a line to type into."""
    match item.expected:
        case Choice():
            rows = "".join(
                f'<li><button type="button" class="choice" data-do="reply" data-answer="{letter}">'
                f"{letter_html(letter)}<span>{text(choice)}</span></button></li>"
                for letter, choice in zip(LETTERS, shown, strict=False)
            )
            return (
                f'<ol class="choices" role="list" aria-labelledby="review-question">{rows}</ol>'
                f'<p class="hint keys">Keys 1 to {len(shown)}</p>'
            )
        case Order():
            rows = "".join(
                f'<li><button type="button" class="choice" data-step="{n}" aria-pressed="false">'
                f'<span class="letter" aria-hidden="true">{n}</span><span>{text(step)}</span>'
                '<span class="rank"></span></button></li>'
                for n, step in enumerate(shown, 1)
            )
            return (
                '<p class="hint">Choose the steps in their right order.</p>'
                f'<ol class="choices" role="list" aria-labelledby="review-question">{rows}</ol>'
                '<p class="do"><button type="button" class="main" data-do="order" disabled>Answer'
                '</button><button type="button" data-do="clear" disabled>Start over</button></p>'
                f'<p class="hint keys">Keys 1 to {len(shown)}, then Enter; Backspace takes one back'
                "</p>"
            )
    inputmode = "decimal" if isinstance(item.expected, Numeric) else "text"
    return (
        '<form class="typed" autocomplete="off"><label for="review-typed">Your answer</label>'
        f'<input id="review-typed" type="text" inputmode="{inputmode}" maxlength="2000"'
        ' autocapitalize="off" spellcheck="false" aria-describedby="review-form">'
        '<button type="submit" class="main">Answer</button>'
        f'<p id="review-form" class="hint">{FORMS[type(item.expected)]}</p></form>'
    )


def letter_html(letter: str) -> str:
    """Write the letter of a choice."""
    return f'<span class="letter">{letter.upper()}</span>'


# ── what became of an answer ────────────────────────────────────────────────────────────────────


def unsure_html(head: str, feedback: Feedback, proof: str) -> str:
    """Show the key beside an answer that no rule can grade, and let its learner grade it."""
    grades = "".join(
        f'<button type="button" data-do="judge" data-verdict="{verdict}" data-key="{n}">'
        f"<kbd>{n}</kbd> {words}</button>"
        for n, (verdict, words) in enumerate(SELF_GRADES, 1)
    )
    return (
        f'{head}<div class="question">{worded(feedback.item.question)}</div>'
        '<p class="verdict" tabindex="-1" data-focus><strong>You decide:</strong> was your answer'
        f' right?</p><p class="why">{sentence(feedback.grade.words)}</p>'
        f"{own_html(feedback, ())}{key_html(feedback.item)}{points_html(feedback)}"
        f'<div class="grades" role="group" aria-label="Grade your answer">{grades}</div>{proof}'
    )


def feedback_html(
    head: str, feedback: Feedback, shown: Sequence[str], proof: str, following: str
) -> str:
    """Write the verdict, what is wrong about the choice taken, the key and its proof."""
    item, given = feedback.item, feedback.grade
    words = VERDICTS[given.verdict]
    if isinstance(item.expected, Choice) and given.verdict != "right" and feedback.key in shown:
        words += f": {LETTERS[list(shown).index(feedback.key)].upper()}"
    reason = f'<p class="why">{sentence(feedback.why)}</p>' if feedback.why else ""
    if isinstance(item.expected, Choice):
        answered = marked_choices(feedback, shown)
    else:
        reason = f'<p class="why">{sentence(given.words)}</p>'
        answered = own_html(feedback, shown) + ("" if same(feedback) else key_html(item))
    return (
        f'{head}<div class="question">{worded(item.question)}</div>'
        f'<p class="verdict {given.verdict}" tabindex="-1" data-focus><strong>'
        f"{text(words)}</strong></p>{reason}{answered}{points_html(feedback)}"
        f'<p class="do"><button type="button" class="main" data-do="follow">{following}'
        f" <kbd>Enter</kbd></button></p>{proof}"
    )


def own_html(feedback: Feedback, shown: Sequence[str]) -> str:
    """Repeat what was answered; an order by its steps."""
    ordered = permutation(feedback.answer, shown) if shown else ()
    if ordered:
        steps = "".join(f"<li>{text(step)}</li>" for step in ordered)
        return f'<p class="label">Your order</p><ol class="steps">{steps}</ol>'
    own = text(feedback.answer) or "none"
    return f'<p class="label">Your answer</p><p class="key own">{own}</p>'


def same(feedback: Feedback) -> bool:
    """Say whether an answer need not be followed by the key: it is the key, word for word."""
    if isinstance(feedback.item.expected, Order):
        return feedback.grade.verdict == "right"
    return one_line(feedback.answer).casefold() == one_line(feedback.key).casefold()


def marked_choices(feedback: Feedback, shown: Sequence[str]) -> str:
    """List the choices again: which one is right, and which one was taken."""
    rows = ""
    for letter, choice in zip(LETTERS, shown, strict=False):
        right, own = choice == feedback.key, choice == feedback.grade.chosen
        told = " · ".join(filter(None, ("right" if right else "", "your answer" if own else "")))
        kind = " right" if right else " own" if own else ""
        rows += (
            f'<li class="choice{kind}">{letter_html(letter)}<span>{text(choice)}</span>'
            f'<span class="rank">{told}</span></li>'
        )
    return f'<ol class="choices told" role="list">{rows}</ol>'


def points_html(feedback: Feedback) -> str:
    """List the points that a short answer names and those it does not, unless it is right."""
    given = feedback.grade
    if not isinstance(feedback.item.expected, Short) or given.verdict == "right":
        return ""
    if not (given.met or given.missing):
        return ""
    rows = [f"<li>Named: {point_html(point)}</li>" for point in given.met]
    rows += [f"<li>To name: {point_html(point)}</li>" for point in given.missing]
    return f'<ul class="points">{"".join(rows)}</ul>'


def point_html(point: str) -> str:
    """Write a point; the cells of a table's row stand apart."""
    if not point.lstrip().startswith("|"):
        return text(point)
    return text(" · ".join(cell.strip() for cell in point.split("|") if cell.strip()))


# ── the end ─────────────────────────────────────────────────────────────────────────────────────


def summary_html(found: Summary, answered: Sequence[Feedback], bank: Bank) -> str:
    """Write how a quiz went, what it did to the topics asked, and what to look at again."""
    if not found.asked:
        return ended('<p class="told">Nothing was answered, so nothing was noted.</p>')
    partly = f", {found.partly} partly right" if found.partly else ""
    rows = "".join(
        f'<tr><th scope="row">{text(topic)}<span>{text(bank.curriculum.section(section).title)}'
        f"</span></th><td>{before:.2f}</td><td><b>{after:.2f}</b></td></tr>"
        for section, topic, before, after in found.topics
    )
    moved = (
        '<h3>Mastery</h3><table class="moved"><thead><tr><th scope="col">Topic</th>'
        f'<th scope="col">Before</th><th scope="col">Now</th></tr></thead><tbody>{rows}</tbody>'
        '</table><p class="hint">The chance, 0 to 1, to answer a middling question of the topic'
        " right without guessing.</p>"
    )
    told = f'<p class="told">{found.right} of {found.asked} right{partly}.</p>'
    cards = (
        f'<p class="hint">{"It is a card" if found.asked == 1 else "Each is a card"} of your'
        " reviews now.</p>"
    )
    return ended(told + cards + (moved if rows else "") + again_html(answered, bank))


def again_html(answered: Sequence[Feedback], bank: Bank) -> str:
    """List the questions that went wrong, each with its answer and where to read about it."""
    missed = [one for one in answered if one.grade.verdict != "right"][:MOST_AGAIN]
    rows = "".join(
        f"<li><p>{text(one.item.question)}</p>"
        f'<p class="why">Answer: {text("; ".join(key_words(one.item).splitlines()))}</p>'
        f'<p class="do">{read_link(one.citation)}{section_button(one.item.section_id, bank)}</p>'
        "</li>"
        for one in missed
    )
    return f'<h3>Look at these again</h3><ol class="missed">{rows}</ol>' if rows else ""


def read_link(citation: Citation | None) -> str:
    """Write a link to the heading that proves a key."""
    link = link_of(citation) if citation else None
    if not citation or not link:
        return ""
    return (
        f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer" aria-label="Read about'
        f' it: {text(citation.title)}">Read about it\u00a0↗</a>'
    )


def section_button(section_id: str, bank: Bank) -> str:
    """Write a button that shows a section in the learner's path."""
    title = bank.curriculum.section(section_id).title
    return (
        f'<button type="button" data-section="{escape(section_id)}" aria-label="Go to section:'
        f' {text(title)}">Go to section</button>'
    )


def placed_html(found: Sequence[Placed], finished: bool, bank: Bank) -> str:
    """Write what a placement test found."""
    known = [one for one in found if one.known]
    others = [one for one in found if not one.known]
    if not finished:
        told = "The test was left before its end, so no section is marked. Your answers are kept."
    elif known:
        told = f"{count_words(len(known), 'section')} marked as known; your plan leaves them out."
    else:
        told = "No section is marked as known yet: your plan begins where it did."
    listed = placed_list("Known" if finished else "Known so far", known, bank)
    return ended(f'<p class="told">{told}</p>{listed}{placed_list("Not known yet", others, bank)}')


def placed_list(name: str, found: Sequence[Placed], bank: Bank) -> str:
    """List sections with what speaks for it."""
    rows = "".join(
        f'<li><p>{text(bank.curriculum.place(one.section_id))}</p><p class="why">'
        f"{sentence(one.words)}</p></li>"
        for one in found
    )
    return f'<h3>{name}</h3><ul class="missed">{rows}</ul>' if rows else ""


def ended(body: str) -> str:
    """Wrap what is shown at the end, with the way back."""
    return (
        f'<div class="end" tabindex="-1" data-focus>{body}</div>'
        '<p class="do"><button type="button" class="main" data-do="close">Done <kbd>Enter</kbd>'
        "</button></p>"
    )
