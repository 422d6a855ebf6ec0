"""Captions: subtitle files and transcripts into stretches of a minute, with links to the second."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive import ArchiveTransport
from ingest.captions import Captions, Snippet, clock, read_captions, write_captions
from ingest.errors import FetchFailed
from ingest.extract import CAPTIONS, Document, form_of, read_page
from ingest.fetch import LiveTransport, Page
from ingest.links import deep_link
from ingest.sources import video
from ingest.sources.fetched import Fetched
from ingest.sources.video import fetch_video
from ingest.split import split

WATCH = "https://www.youtube.com/watch?v=abcdefghijk"
LIST = "PLabcdefghijklmnop"


def page(body: str | bytes, media: str = CAPTIONS, url: str = WATCH) -> Page:
    data = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, media, data, "2026-01-01T00:00:00Z")


def transcript(*snippets: tuple[str, float, float], title: str = "Descent") -> str:
    entries = [{"text": t, "start": s, "duration": d} for t, s, d in snippets]
    return json.dumps({"title": title, "language_code": "en", "snippets": entries})


def read(body: str | bytes, media: str = CAPTIONS, url: str = WATCH) -> Document:
    return read_page(page(body, media, url), kind="video")


def starts(document: Document) -> list[int]:
    return [int(heading.anchor[2:-1]) for heading in document.headings if heading.anchor]


def words(text: str) -> list[str]:
    return re.sub(r"^#.*$", "", text, flags=re.MULTILINE).split()


def minutes_of_speech(minutes: int, *, stops: bool) -> str:
    """Ten words every four seconds; with full stops, one sentence ends in every other snippet."""
    snippets = []
    for number in range(minutes * 15):
        text = " ".join(f"word{number}x{n}" for n in range(10))
        text = f"{text.capitalize()}." if stops and number % 2 else text
        snippets.append((text, number * 4.0, 4.0))
    return transcript(*snippets)


# ── stretches ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("second", "written"), [(0, "0:00"), (65, "1:05"), (725, "12:05"), (3725, "1:02:05")]
)
def test_times_are_written_as_players_do(second: int, written: str) -> None:
    assert clock(second) == written


def test_sentences_are_joined_and_cut_at_their_ends() -> None:
    document = read(minutes_of_speech(10, stops=True))
    found = starts(document)
    assert document.title == "Descent"
    assert found[0] == 0
    lengths = [b - a for a, b in pairwise(found)]
    assert len(lengths) >= 8
    assert all(45 <= length <= 90 for length in lengths), lengths
    assert 600 - found[-1] <= 90
    assert [heading.text for heading in document.headings] == [clock(s) for s in found]
    for stretch in re.split(r"^## .*$", document.text, flags=re.MULTILINE)[1:]:
        assert stretch.strip().endswith(".")
        assert "\n\n" not in stretch.strip()


def test_speech_without_full_stops_makes_readable_pieces() -> None:
    document = read(minutes_of_speech(10, stops=False))
    found = starts(document)
    lengths = [b - a for a, b in pairwise(found)]
    assert len(lengths) >= 8
    assert all(45 <= length <= 90 for length in lengths), lengths
    assert 600 - found[-1] <= 90
    for paragraph in re.split(r"\n\n", re.sub(r"## .*", "", document.text)):
        assert len(paragraph.split()) <= 50


def test_a_pause_ends_a_stretch_before_its_time() -> None:
    said = [(f"One more thing, number {n}.", n * 5.0, 5.0) for n in range(10)]
    later = [(f"After the break, number {n}.", 58 + n * 5.0, 5.0) for n in range(10)]
    assert starts(read(transcript(*said, *later))) == [0, 58]


def test_abbreviations_and_names_end_no_sentence() -> None:
    text = transcript(
        ("We follow Dr. Hinton, e.g. on", 0, 40), ("page three. Then we stop.", 45, 45)
    )
    assert starts(read(text)) == [0]


@given(
    st.lists(
        st.tuples(
            st.text("abc .!?,", min_size=1, max_size=60),
            st.floats(0, 5_000, allow_nan=False),
            st.floats(0, 30, allow_nan=False),
        ),
        max_size=60,
    )
)
def test_no_word_is_lost_and_stretches_go_forward(said: list[tuple[str, float, float]]) -> None:
    said = [*said, ("twelve words that make a text of this so that it counts", 5_001, 5)]
    document = read(transcript(*said))
    ordered = sorted(said, key=lambda one: one[1])
    spoken = [text for text, _, _ in ordered if re.search(r"\w", text)]
    # Words alone: whether a lone full stop stands by itself is the writer's business.
    assert re.findall(r"\w+", " ".join(words(document.text))) == re.findall(
        r"\w+", " ".join(spoken)
    )
    found = starts(document)
    assert found == sorted(found)


def test_each_stretch_is_a_passage_with_a_link_to_its_second() -> None:
    passages = split(read(minutes_of_speech(5, stops=True)), lambda text: len(text.split()))
    for passage in passages:
        link, precision = deep_link(WATCH, passage.anchor)
        assert precision == "exact"
        assert re.fullmatch(re.escape(WATCH) + r"&t=\d+s", link)


# ── cleaning ────────────────────────────────────────────────────────────────────────────────────

ROLLING = """WEBVTT
Kind: captions
Language: en

NOTE
made by a machine

00:00:00.160 --> 00:00:02.389 align:start position:0%
 
hello<00:00:00.480><c> and</c><00:00:00.719><c> welcome</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
hello and welcome
 

00:00:02.399 --> 00:00:05.000 align:start position:0%
hello and welcome
to<00:00:02.600><c> gradient</c><00:00:02.800><c> descent</c>

intro
00:00:05.000 --> 00:00:07.000
to gradient descent
which &amp; how {x} goes downhill step by step
"""


def test_rolling_lines_are_told_once() -> None:
    document = read(ROLLING, "text/vtt", "https://a.example/talk.vtt")
    assert " ".join(words(document.text)) == (
        "hello and welcome to gradient descent which & how {x} goes downhill step by step"
    )


def test_lines_that_grow_word_by_word_are_told_once() -> None:
    cues = [
        "the loss",
        "the loss goes",
        "the loss goes down at every single step that we take from here on",
    ]
    body = "WEBVTT\n\n" + "\n\n".join(
        f"00:0{n}.000 --> 00:0{n + 1}.000\n{text}" for n, text in enumerate(cues)
    )
    assert words(read(body, "text/vtt").text) == cues[-1].split()


SAID = "Steps that are much too large overshoot the minimum of the whole loss."


def test_subrip() -> None:
    body = (
        "1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Steps</i> {\\an8}that are much too large\r\n\r\n"
        "2\r\n00:01:02,500 --> 00:01:04,000\r\n- ADA: overshoot the minimum\r\n"
        "of the whole loss.\r\n"
    )
    document = read(body, "application/x-subrip", "https://a.example/talk.srt")
    assert words(document.text) == SAID.split()
    assert starts(document)[0] == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("[Music] so here we go", "so here we go"),
        ("(audience laughing) so here we go", "so here we go"),
        ("♪ jolly music ♪ so here we go", "so here we go"),
        ("[ __ ] so here we go", "so here we go"),
        (">> JOHN: so here we go", "so here we go"),
        ("- so here we go", "so here we go"),
        ("so here\nwe go", "so here we go"),
        ("so <b>here</b> we go", "so here we go"),
        ("x &lt; y so here we go", "x < y so here we go"),
        ("in [0, 1] the [CLS] token of f(x)", "in [0, 1] the [CLS] token of f(x)"),
        ("he said: so here we go", "he said: so here we go"),
        ("so\u200b here we go\u202e", "so here we go"),
    ],
)
def test_what_is_not_said_is_taken_out(given: str, kept: str) -> None:
    rest = "and these are the words after it that make a text of this."
    document = read(transcript((given, 0, 5), (rest, 5, 5)))
    assert " ".join(words(document.text)) == f"{kept} {rest}"


@pytest.mark.parametrize(
    "body",
    [
        "", "WEBVTT\n\n", "no times at all", "{}", '{"snippets": 3}', '{"snippets": []}', "[1, 2]",
        '{"snippets": [{"text": 1}, {"text": "x", "start": NaN, "duration": 1}]}', "{" * 5000,
        '{"snippets": [{"text": "x", "start": -4, "duration": 1}]}', '{"snippets"',
        '{"snippets": [{"text": "[Music]", "start": 1, "duration": 1}]}', b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_what_holds_no_captions_says_so(body: str | bytes) -> None:
    with pytest.raises(FetchFailed) as caught:
        read(body)
    assert caught.value.status == "no-text"
    assert "\n" not in caught.value.reason


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_end_as_captions_or_as_a_reason(body: bytes) -> None:
    for start in (b"", b"WEBVTT\n\n00:00.000 --> 00:01.000\n", b'{"snippets": [', b"1\n00:00:01,0"):
        try:
            found = read(start + body).kind
        except FetchFailed as failure:
            found = failure.status
        assert found in ("video", "no-text")


@given(
    st.lists(st.tuples(st.text(max_size=20), st.floats(0, 9_999), st.floats(0, 99)), max_size=9),
    st.booleans(),
)
def test_what_is_written_is_read_again(said: list[tuple[str, float, float]], heard: bool) -> None:
    captions = Captions(tuple(Snippet(*one) for one in said), "T", "German", "de", heard)
    # What UTF-8 cannot say (half a character) and lone carriage returns are cleaned on the way.
    again = read_captions(write_captions(captions))
    assert [(s.start, s.duration) for s in again.snippets] == [(s, d) for _, s, d in said]
    assert (again.title, again.language_code, again.generated) == ("T", "de", heard)


@pytest.mark.parametrize(
    ("media", "url", "body"),
    [
        (CAPTIONS, WATCH, "{}"),
        ("text/vtt", "https://a.example/x", "WEBVTT"),
        ("text/plain", "https://a.example/x.vtt", "WEBVTT"),
        ("text/plain", "https://a.example/x", "WEBVTT\n\n"),
        ("application/octet-stream", "https://a.example/x.srt", "1\n"),
        ("application/json", "https://a.example/x.json", transcript(("a", 0, 1))),
        ("", "file:///x/abc.json", transcript(("a", 0, 1))),
    ],
)
def test_captions_are_known_by_type_name_and_content(media: str, url: str, body: str) -> None:
    assert form_of(page(body, media, url)) == "captions"


# ── videos ──────────────────────────────────────────────────────────────────────────────────────

TALK = transcript(("Here is a talk of more than twelve words, so that it is a text.", 0, 8))


def fetch(url: str, folder: Path | None) -> Fetched:
    return fetch_video(url, ArchiveTransport.empty(), folder)


def failed(url: str, folder: Path | None) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, folder)
    assert "\n" not in caught.value.reason
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        WATCH, "https://youtu.be/abcdefghijk?t=3", "http://youtube.com/embed/abcdefghijk",
        f"{WATCH}&list={LIST}", "https://m.youtube.com/shorts/abcdefghijk",
    ],
)  # fmt: skip
def test_a_video_is_read_from_the_folder(url: str, tmp_path: Path) -> None:
    (tmp_path / "abcdefghijk.json").write_text(TALK, encoding="utf-8")
    (found,) = fetch(url, tmp_path).pages
    assert (found.resolved_url, found.content_type) == (WATCH, CAPTIONS)
    assert read_page(found, "video").title == "Descent"


def test_english_comes_first_and_another_language_is_named(tmp_path: Path) -> None:
    (tmp_path / "abcdefghijk.de.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\nSo geht es bergab.", encoding="utf-8"
    )
    fetched = fetch(WATCH, tmp_path)
    assert fetched.status == "indexed"
    assert fetched.reason == "captions in de; there are no English ones"
    (tmp_path / "abcdefghijk.en.srt").write_text(
        "1\n00:00:00,000 --> 00:00:02,000\nThis is how it goes downhill.\n", encoding="utf-8"
    )
    fetched = fetch(WATCH, tmp_path)
    assert b"downhill" in fetched.pages[0].body
    assert fetched.reason == ""


def test_what_a_machine_heard_is_said(tmp_path: Path) -> None:
    heard = json.loads(TALK) | {"is_generated": True}
    (tmp_path / "abcdefghijk.json").write_text(json.dumps(heard), encoding="utf-8")
    assert fetch(WATCH, tmp_path).reason == "captions made by speech recognition"


def test_a_playlist_is_a_page_for_each_video(tmp_path: Path) -> None:
    names = ["abcdefghijk", "lmnopqrstuv", "missing0000", "../../../etc"]
    listed = {LIST: [{"video_id": name, "title": f"Part {name}"} for name in names]}
    (tmp_path / "playlists.json").write_text(json.dumps(listed), encoding="utf-8")
    for name in names[:2]:
        (tmp_path / f"{name}.json").write_text(
            json.dumps(json.loads(TALK) | {"title": ""}), encoding="utf-8"
        )
    fetched = fetch(f"https://www.youtube.com/playlist?list={LIST}", tmp_path)
    assert [p.resolved_url[-11:] for p in fetched.pages] == names[:2]
    assert [read_page(p, "video").title for p in fetched.pages] == [f"Part {n}" for n in names[:2]]
    assert fetched.status == "partial"
    assert fetched.reason.startswith("captions of 2 of 3 videos")


@pytest.mark.parametrize(
    "url",
    [
        WATCH, f"https://www.youtube.com/watch?v={'a' * 300}", "https://vimeo.com/12345678",
        "https://www.youtube.com/@someone", "https://www.youtube.com/watch?v=../../../etc",
        "https://www.youtube.com/playlist?list=../x",
    ],
)  # fmt: skip
def test_a_video_without_captions_says_why(url: str, tmp_path: Path) -> None:
    (tmp_path / "etc.json").write_text(TALK, encoding="utf-8")
    for folder in (tmp_path, None):
        assert failed(url, folder).status == "no-captions"


def test_a_vimeo_video_is_read_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "12345678.json").write_text(TALK, encoding="utf-8")
    (found,) = fetch("https://vimeo.com/12345678", tmp_path).pages
    assert found.resolved_url == "https://vimeo.com/12345678"


@pytest.mark.parametrize("damaged", ["{", "[]", f'{{"{LIST}": 3}}', f'{{"{LIST}": [{{}}]}}'])
def test_a_damaged_list_of_playlists_says_what_was_expected(damaged: str, tmp_path: Path) -> None:
    (tmp_path / "playlists.json").write_text(damaged, encoding="utf-8")
    failure = failed(f"https://www.youtube.com/playlist?list={LIST}", tmp_path)
    assert "playlists.json" in failure.reason


class Web(LiveTransport):
    """A live transport whose pages are made up here."""

    def __init__(self, bodies: dict[str, str]) -> None:
        super().__init__()
        self.bodies = bodies

    def get(self, url: str) -> Page:
        if url not in self.bodies:
            raise FetchFailed("unreachable", f"{url}: no answer")
        return page(self.bodies[url], "text/html", url)


TITLED = {WATCH: "<title>Going &amp; coming - YouTube</title>"}


def test_live_captions_get_the_title_of_the_page_and_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(name: str) -> Captions:
        asked.append(name)
        return Captions((Snippet("Words said live.", 1.0, 2.0),), "", "English", "en", True)

    monkeypatch.setattr(video, "_ask_youtube", answer)
    folder = tmp_path / "transcripts"
    first = fetch_video(WATCH, Web(TITLED), folder)
    assert json.loads(first.pages[0].body)["title"] == "Going & coming"
    second = fetch_video(WATCH, Web({}), folder)
    assert second.pages[0].body == first.pages[0].body
    assert asked == ["abcdefghijk"]
    assert [file.name for file in folder.iterdir()] == ["abcdefghijk.json"]
    with pytest.raises(FetchFailed, match="no answer"):  # the page is asked before the captions
        fetch_video(WATCH, Web({}), None)


def test_a_live_playlist_is_listed_by_its_page_and_stops_when_blocked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from youtube_transcript_api import IpBlocked

    names = ["abcdefghijk", "lmnopqrstuv", "wxyzabcdefg"]
    address = f"https://www.youtube.com/playlist?list={LIST}"
    listed = "".join(f'{{"videoId":"{name}"}},{{"videoId":"{name}"}}' for name in names)
    web = Web({address: listed} | {WATCH[:-11] + name: "" for name in names})
    asked: list[str] = []

    def answer(name: str) -> Captions:
        asked.append(name)
        if len(asked) > 1:
            raise video._failure(IpBlocked(name))
        return Captions((Snippet("Words.", 0.0, 1.0),), "", "English", "en")

    monkeypatch.setattr(video, "_ask_youtube", answer)
    fetched = fetch_video(address, web, None)
    assert asked == names[:2]
    assert fetched.status == "partial"
    assert "1 of 3" in fetched.reason
    assert "turns requests from this address away" in fetched.reason


def test_what_the_library_raises_becomes_one_line() -> None:
    import youtube_transcript_api as api

    errors = [
        api.IpBlocked("v"), api.RequestBlocked("v"), api.TranscriptsDisabled("v"),
        api.VideoUnavailable("v"), api.VideoUnplayable("v", "This video is private", []),
        api.AgeRestricted("v"), api.InvalidVideoId("v"), api.PoTokenRequired("v"),
        api.NoTranscriptFound("v", ["en"], None), api.YouTubeDataUnparsable("v"),
    ]  # fmt: skip
    reasons = [video._failure(error) for error in errors]
    assert {failure.status for failure in reasons} == {"no-captions"}
    assert all("\n" not in failure.reason and failure.reason for failure in reasons)
    assert "private" in reasons[4].reason
    assert len({failure.reason for failure in reasons}) == 8  # three mean "blocked"


# ── the capture ─────────────────────────────────────────────────────────────────────────────────


def test_every_transcript_of_the_capture(capture: Path) -> None:
    files = [f for f in sorted((capture / "transcripts").glob("*.json")) if f.stem != "playlists"]
    assert len(files) == 9
    for file in files:
        url = f"https://www.youtube.com/watch?v={file.stem}"
        document = read(file.read_bytes(), CAPTIONS, url)
        snippets = json.loads(file.read_bytes())["snippets"]
        spoken = sum(len(snippet["text"].split()) for snippet in snippets)
        assert 0.98 * spoken <= len(words(document.text)) <= spoken
        found = starts(document)
        lengths = [b - a for a, b in pairwise(found)]
        assert all(40 <= length <= 95 for length in lengths), (file.name, lengths)


def test_the_captured_playlists(capture: Path, full_warc: Path) -> None:
    folder = capture / "transcripts"
    counts = {}
    for name in json.loads((folder / "playlists.json").read_bytes()):
        address = f"https://www.youtube.com/playlist?list={name}"
        fetched = fetch_video(address, ArchiveTransport(full_warc), folder)
        assert (fetched.status, fetched.reason) == ("indexed", "")
        counts[name] = len(fetched.pages)
    assert sorted(counts.values()) == [1, 8]
