"""A language model in a GGUF file on this machine: llama.cpp's server on loopback; two doors.

xllamacpp serves the file with the OpenAI-compatible protocol, so that from there on it is an
endpoint like any other; huggingface_hub fetches a file when its hub can be reached.
"""

import hashlib
import importlib.util
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.generate import Endpoint, http_errors
from assistant.keys import Key
from assistant.settings import Limits, Settings
from ingest.errors import ModelMissing, StudypathError

# A small instruct model under the Apache licence. Its size and hash come from the hub with the
# file: a hash written here that nobody here has computed would be no check.
REPOSITORY = "Qwen/Qwen2.5-1.5B-Instruct-GGUF"
FILE = "qwen2.5-1.5b-instruct-q4_k_m.gguf"
MAGIC = b"GGUF"
INSTALL = "pip install 'studypath[local]'"
ELSE = "set STUDYPATH_GGUF to a .gguf file that you have, or use Ollama"
# Letters are a rough measure of tokens: the window is this much wider than the limits say.
SLACK = 1.3
DEEPEST = 2  # times the usual answer, for one in depth


@dataclass(frozen=True, slots=True)
class Served:
    """A running server; it stops when this is let go."""

    endpoint: Endpoint
    server: Any


@dataclass(frozen=True, slots=True)
class Pulled:
    """A file that was fetched, or was there already."""

    path: Path
    size: int
    sha256: str
    fetched: bool


def model_file(settings: Settings) -> Path | None:
    """Give the GGUF file to use: the one that was named, else the one that was pulled."""
    if settings.gguf is not None:
        return settings.gguf
    pulled = settings.cache / "models" / FILE
    return pulled if pulled.exists() else None


def why_not(path: Path | None) -> str:
    """Say why a file cannot be served; empty when it can."""
    if importlib.util.find_spec("xllamacpp") is None:
        return f"xllamacpp is not installed: {INSTALL}"
    if path is None:
        return "no GGUF file: set STUDYPATH_GGUF to one, or run `studypath models pull`"
    try:
        with path.open("rb") as file:
            begins = file.read(len(MAGIC))
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}): set STUDYPATH_GGUF to a .gguf file"
    if begins != MAGIC:
        return f"{path} is no GGUF file: set STUDYPATH_GGUF to one"
    return ""


def serve(path: Path, limits: Limits) -> Served:
    """Load a file and serve it on loopback, behind a key that nobody else knows.

    Takes seconds. Raises ModelMissing when the file cannot be served.
    """
    if problem := why_not(path):
        raise ModelMissing(problem)
    import xllamacpp

    key = secrets.token_hex(16)
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(path)
    wanted.hostnames, wanted.port = ["127.0.0.1"], 0
    wanted.api_keys = [key]
    wanted.ui = wanted.endpoint_slots = wanted.endpoint_props = False
    wanted.n_parallel = 1
    wanted.n_ctx = int((limits.context + DEEPEST * limits.answer) * SLACK)
    wanted.verbosity = 0
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = free_cores()
    try:
        server = xllamacpp.Server(wanted)
        address = server.listening_address
    except (RuntimeError, ValueError, OSError) as error:
        words = " ".join(str(error).split())[:160]
        raise ModelMissing(f"{path} cannot be loaded ({words}): try another file") from error
    return Served(Endpoint("openai", f"{address}/v1", path.stem, Key(key)), server)


def free_cores() -> int:
    """Count the cores that other programs leave, at least one.

    llama.cpp's threads wait for each other at every step: on two cores with a load of 20 the test
    model wrote 24 tokens in 7 s with one thread and in 79 s with two.
    """
    cores = os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(cores, round(cores - load)))


def pull(cache: Path, endpoint: str | None = None) -> Pulled:
    """Fetch the small model from its hub into the cache, whole and verified, or not at all.

    `endpoint` names another hub. Raises StudypathError, with the remedy, when that is not possible.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    failures: tuple[type[Exception], ...] = (
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        OSError,
    )
    folder = cache / "models"
    target = folder / FILE
    try:
        url = hf_hub_url(REPOSITORY, FILE, endpoint=endpoint)
        told = get_hf_file_metadata(url, token=False, endpoint=endpoint)
        size, sha256 = told.size or 0, (told.etag or "").strip('"')
        if target.exists() and target.stat().st_size == size:
            return Pulled(target, size, sha256, fetched=False)
        folder.mkdir(parents=True, exist_ok=True)
        fetched = hf_hub_download(
            REPOSITORY, FILE, local_dir=folder / ".pull", token=False, endpoint=endpoint
        )
    except (*http_errors(), *failures) as error:
        raise StudypathError(
            f"{REPOSITORY} cannot be fetched ({type(error).__name__}): no hub is reachable; {ELSE}"
        ) from None
    check(Path(fetched), size, sha256)
    Path(fetched).replace(target)
    return Pulled(target, size, sha256, fetched=True)


def check(path: Path, size: int, sha256: str) -> None:
    """Remove a fetched file and raise when it is not what the hub said it is."""
    found = path.stat().st_size
    problem = f"{found} bytes instead of {size}" if found != size else ""
    if not problem and len(sha256) == 64 and file_hash(path) != sha256.lower():
        problem = "its hash is another than the hub's"
    if problem:
        path.unlink()
        raise StudypathError(f"{FILE} did not arrive whole ({problem}): run it again, or {ELSE}")


def file_hash(path: Path) -> str:
    """Compute the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
