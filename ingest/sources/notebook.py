"""A notebook, wherever it is shown: GitHub, nbviewer, Colab, or as a file."""

import re

from ingest.fetch import Transport
from ingest.sources.fetched import Fetched, Limits
from ingest.sources.github import fetch_github

# Viewers that show a file of GitHub under its own path.
_VIEWERS = re.compile(
    r"https?://(?:nbviewer\.(?:jupyter\.)?org/github|colab\.research\.google\.com/github"
    r"|(?:www\.)?kaggle\.com/kernels/welcome\?src=https://github\.com)(/.+)"
)
_GITHUB = re.compile(r"https?://(?:www\.)?github\.com/")


def fetch_notebook(url: str, transport: Transport, limits: Limits) -> Fetched:
    """Fetch a notebook's own file rather than the page that draws it."""
    viewed = _VIEWERS.match(url)
    if viewed:
        url = f"https://github.com{viewed[1]}"
    if _GITHUB.match(url):
        return fetch_github(url, transport, limits)
    return Fetched((transport.get(url),))
