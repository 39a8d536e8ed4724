"""How well a text reads, by a language model: the geometric mean of its tokens' probabilities after the prompt.

That is 1 / perplexity (Jelinek et al. 1977). A heuristic: it prefers the expected to the witty, and short words to rare ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.generators.language_models import EMBEDDED, open_language
from qdhf.scoring.plain import paired
from qdhf.types import FloatArray, ItemKind

LONGEST = 1024  # tokens of prompt and text together; what is beyond is not read


class FluencyScorer:
    """Scores in [0, 1]. ``model`` as for :func:`qdhf.generators.language_models.open_language`, whose errors it raises."""

    kind: ItemKind = "text"

    def __init__(self, model: str = EMBEDDED, *, device: str | None = None) -> None:
        self._opened = open_language(model, device)
        self.key = f"fluency-{self._opened.key}"

    def score(self, things: Sequence[Any], prompts: Sequence[str]) -> FloatArray:
        paired(things, prompts)
        for text in things:
            if not isinstance(text, str):
                raise InvalidInput(f"A text must be a string; got {type(text).__name__}.")
        return np.array([self._one(text, prompt) for text, prompt in zip(things, prompts, strict=True)], np.float32)

    def _one(self, text: str, prompt: str) -> float:
        """One at a time: padding would make a score depend on its neighbours."""
        import torch

        tokenizer, model = self._opened.tokenizer, self._opened.model
        before = tokenizer(self._opened.chat(prompt) if prompt.strip() else "", add_special_tokens=False).input_ids
        start = before[-LONGEST // 2 :] or [
            tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
        ]
        own = tokenizer(text, add_special_tokens=False).input_ids[: LONGEST - len(start)]
        if not own:
            return 0.0
        ids = torch.tensor([[*start, *own]], device=self._opened.device)
        with torch.inference_mode():
            scores = model(ids).logits[0, len(start) - 1 : -1].float()  # (t, v), of the token that follows each
            logs = scores.log_softmax(-1).gather(1, ids[0, len(start) :, None])
        return math.exp(float(logs.mean()))
