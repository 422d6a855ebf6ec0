"""Resource -> pages: one module per kind of source, each knowing where its text really stands."""

from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import FetchFailed
from ingest.fetch import Transport
from ingest.links import classify, clean
from ingest.sources.arxiv import fetch_paper
from ingest.sources.fetched import Fetched, Limits
from ingest.sources.github import fetch_github
from ingest.sources.notebook import fetch_notebook
from ingest.sources.site import fetch_site

if TYPE_CHECKING:
    from ingest.curriculum import Resource

__all__ = ["Fetched", "Limits", "fetch_resource"]

_DEFAULT = Limits()


def fetch_resource(
    resource: "Resource",
    transport: Transport,
    limits: Limits = _DEFAULT,
    transcripts: Path | None = None,
) -> Fetched:
    """Fetch the pages of one resource: the linked one, and within the limits those it opens.

    `transcripts` is a folder with the captions of videos. Raises FetchFailed with the ledger's
    status and reason when the linked page cannot be had.
    """
    from ingest.sources.pdf import fetch_pdf
    from ingest.sources.video import fetch_video

    if resource.url is None:
        raise FetchFailed("skipped", "a book or documentation named without a link")
    url = clean(resource.url)
    match classify(url):
        case "video":
            return fetch_video(url, transport, transcripts)
        case "community":
            raise FetchFailed(
                "skipped", "a chat or forum is for talking, not for reading into the library"
            )
        case "pdf":
            return fetch_pdf(url, transport)
        case "arxiv":
            return fetch_paper(url, transport)
        case "github":
            return fetch_github(url, transport, limits)
        case "notebook":
            return fetch_notebook(url, transport, limits)
        case _:
            return fetch_site(url, transport, limits)
