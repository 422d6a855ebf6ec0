"""A video on YouTube, read by its captions; a playlist is read video by video.

youtube-transcript-api's door. Captions come from a folder of transcripts, or live from YouTube,
which turns away addresses of data centres: so what comes live is kept in the folder.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from ingest.captions import Captions, Snippet, read_captions, write_captions
from ingest.errors import FetchFailed
from ingest.extract import CAPTIONS
from ingest.fetch import LiveTransport, Page, Transport
from ingest.links import normalise
from ingest.sources.fetched import Fetched

if TYPE_CHECKING:
    from youtube_transcript_api import YouTubeTranscriptApiException

PLAYLISTS = "playlists.json"  # {list id: [{"video_id", "title"}]} beside the transcripts
# Asking for the captions of hundreds of videos in a row gets an address banned.
MOST_VIDEOS = 50
LARGEST_TRANSCRIPT = 5_000_000  # bytes; three hours of captions have 0.5 MB

_WATCH = "https://www.youtube.com/watch?v="
# Also what keeps a file's name inside of its folder.
_VIDEO = re.compile(r"[A-Za-z0-9_-]{6,20}")
_LIST = re.compile(r"[A-Za-z0-9_-]{10,60}")
_IN_PLAYLIST = re.compile(r'"videoId":"([A-Za-z0-9_-]{11})"')
_PAGE_TITLE = re.compile(rb"<title>([^<]{1,300}?)(?: - YouTube)?</title>")


def fetch_video(url: str, transport: Transport, transcripts: Path | None) -> Fetched:
    """Fetch the captions of a video, or of every video of a playlist, one page each.

    `transcripts` holds {video id}.json, .vtt or .srt files and playlists.json. Each page's body is
    JSON of the type extract.CAPTIONS, and its address the video's own. Raises FetchFailed:
    "no-captions" with the reason, "robots-denied", "unreachable".
    """
    parts = urlsplit(normalise(url))
    query = parse_qs(parts.query)
    video = query.get("v", [""])[0] if parts.path == "/watch" else ""
    if not video and "list" in query:
        return _playlist(query["list"][0], transport, transcripts)
    if parts.netloc != "www.youtube.com":  # Vimeo: its number is the last part of the path
        video = parts.path.rpartition("/")[2]
    if not _VIDEO.fullmatch(video):
        raise FetchFailed("no-captions", f"{url} names no video")
    here = normalise(url)
    if parts.netloc == "www.youtube.com":  # without the playlist that the link came through
        here = _WATCH + video
    captions, fetched_at = _captions(video, here, transport, transcripts)
    page = _page(url, here, captions, fetched_at)
    return Fetched((page,), reason=_about(captions))


def _playlist(name: str, transport: Transport, transcripts: Path | None) -> Fetched:
    address = f"https://www.youtube.com/playlist?list={name}"
    if not _LIST.fullmatch(name):
        raise FetchFailed("no-captions", f"{address[:200]} names no playlist")
    known = _known_playlist(name, transcripts) or _listed(transport.get(address))
    if not known:
        raise FetchFailed("no-captions", "the page of the playlist names no videos")
    pages: list[Page] = []
    notes: list[str] = []
    missed: list[FetchFailed] = []
    for video, title in known[:MOST_VIDEOS]:
        here = _WATCH + video
        try:
            captions, fetched_at = _captions(video, here, transport, transcripts)
        except FetchFailed as failure:
            missed.append(failure)
            if isinstance(failure, _Blocked):
                break
            continue
        captions = replace(captions, title=captions.title or title)
        pages.append(_page(address, here, captions, fetched_at))
        notes.append(_about(captions))
    if not pages:
        raise FetchFailed(missed[0].status, missed[0].reason)
    if len(pages) == len(known):
        return Fetched(tuple(pages), reason=next(filter(None, notes), ""))
    reason = f"captions of {len(pages)} of {len(known)} videos"
    if missed:
        reason += f"; the first without: {missed[0].reason}"
    return Fetched(tuple(pages), "partial", reason)


class _Blocked(FetchFailed):
    """YouTube turns this address away: asking on would make it worse."""


def _captions(
    video: str, url: str, transport: Transport, transcripts: Path | None
) -> tuple[Captions, str]:
    """Find the captions of one video in the folder, else ask YouTube when live.

    Returns them with the time at which they were fetched or put into the folder.
    """
    for file in _files(video, transcripts):
        captions = read_captions(file.read_bytes())
        # Subtitle files do not say their language, but their name may: ID.de.vtt
        code = captions.language_code or file.name[len(video) + 1 :].rpartition(".")[0]
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        return replace(captions, language_code=code), _written(changed)
    if not url.startswith(_WATCH):
        raise FetchFailed(
            "no-captions", "captions are read from YouTube or a folder of transcripts"
        )
    if not isinstance(transport, LiveTransport):
        where = "the folder of transcripts has none" if transcripts else "an archive holds none"
        raise FetchFailed("no-captions", f"no captions of the video {video}: {where}")
    title = _title(url, transport)
    captions = replace(_ask_youtube(video), title=title)
    if transcripts is not None:
        _keep(captions, video, transcripts)
    return captions, _written(datetime.now(UTC))


def _files(video: str, transcripts: Path | None) -> Iterator[Path]:
    """Yield the transcripts of a video in a folder: JSON first, English before the others."""
    if transcripts is None:
        return
    named = re.compile(re.escape(video) + r"(?:\.([A-Za-z-]{2,20}))?\.(json|vtt|srt)")
    found = [
        (match[2] != "json", not (match[1] or "en").startswith("en"), file.name, file)
        for file in transcripts.glob(f"{video}.*")
        if (match := named.fullmatch(file.name)) and file.is_file()
    ]
    for *_, file in sorted(found):
        if file.stat().st_size <= LARGEST_TRANSCRIPT:
            yield file


def _known_playlist(name: str, transcripts: Path | None) -> list[tuple[str, str]]:
    """Look a playlist up in the folder's list of them."""
    file = transcripts / PLAYLISTS if transcripts else None
    if file is None or not file.is_file():
        return []
    try:
        entries = json.loads(file.read_text(encoding="utf-8")).get(name, [])
        found = [(str(entry["video_id"]), str(entry.get("title", ""))) for entry in entries]
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        wanted = '{list id: [{"video_id", "title"}]}'
        raise FetchFailed("no-captions", f"{PLAYLISTS} is damaged: expected {wanted}") from error
    return [(video, title) for video, title in found if _VIDEO.fullmatch(video)]


def _listed(page: Page) -> list[tuple[str, str]]:
    """Find the videos that a playlist's page names in its script, in order."""
    text = page.body.decode("utf-8", "replace")
    return [(video, "") for video in dict.fromkeys(_IN_PLAYLIST.findall(text))]


def _title(url: str, transport: Transport) -> str:
    """Return a video's title from its page, which also asks whether programs may come."""
    from html import unescape

    match = _PAGE_TITLE.search(transport.get(url).body)
    title = unescape(match[1].decode("utf-8", "replace")).strip() if match else ""
    return "" if title == "YouTube" else title


def _ask_youtube(video: str) -> Captions:
    """Fetch captions: English before others, written before generated; raises FetchFailed."""
    from youtube_transcript_api import YouTubeTranscriptApi, YouTubeTranscriptApiException

    try:
        offered = sorted(
            YouTubeTranscriptApi().list(video),
            key=lambda one: (not one.language_code.startswith("en"), one.is_generated),
        )
        if not offered:
            raise FetchFailed("no-captions", "the video has no captions")
        fetched = offered[0].fetch()
    except YouTubeTranscriptApiException as error:
        raise _failure(error) from error
    except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
        # requests' errors are OSErrors; the others mean that YouTube's answer has changed.
        raise FetchFailed(
            "no-captions", "YouTube gives no readable answer about captions"
        ) from error
    return Captions(
        snippets=tuple(Snippet(one.text, one.start, one.duration) for one in fetched.snippets),
        language=fetched.language,
        language_code=fetched.language_code,
        generated=fetched.is_generated,
    )


def _failure(error: "YouTubeTranscriptApiException") -> FetchFailed:
    """Say in one line why there are no captions."""
    import youtube_transcript_api as api

    if isinstance(error, api.RequestBlocked | api.PoTokenRequired):
        return _Blocked(
            "no-captions",
            "YouTube turns requests from this address away: put captions into a folder of"
            " transcripts",
        )
    reasons = (
        (api.TranscriptsDisabled, "captions are switched off for the video"),
        (api.NoTranscriptFound, "the video has no captions"),
        (api.AgeRestricted, "the video is for adults only and wants a login"),
        (api.VideoUnavailable, "the video is gone"),
        (api.VideoUnplayable, "the video is private or cannot be played here"),
        (api.InvalidVideoId, "the address names no video"),
    )
    reason = next((text for kind, text in reasons if isinstance(error, kind)), "")
    return FetchFailed("no-captions", reason or "YouTube does not give the captions out")


def _keep(captions: Captions, video: str, transcripts: Path) -> None:
    """Write captions into the folder, whole or not at all."""
    transcripts.mkdir(parents=True, exist_ok=True)
    half = transcripts / f".{video}.part"
    half.write_bytes(write_captions(captions))
    half.replace(transcripts / f"{video}.json")


def _about(captions: Captions) -> str:
    """Say what a reader should know: another language, or words that a machine heard."""
    language = captions.language or captions.language_code
    if captions.language_code and not captions.language_code.startswith("en"):
        return f"captions in {language}; there are no English ones"
    return "captions made by speech recognition" if captions.generated else ""


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _page(url: str, resolved: str, captions: Captions, fetched_at: str) -> Page:
    return Page(url, resolved, 200, CAPTIONS, write_captions(captions), fetched_at)
