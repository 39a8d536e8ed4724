"""Texts from any causal language model of transformers, sampled so that a text is a function of its genome alone.

A token is drawn by adding Gumbel noise to the scores and taking the largest sum, which is the same as drawing it from the
softmax (Gumbel 1954; Maddison et al. 2014, arXiv 1411.0030, sec. 2). The noise is Φ(z) through the inverse of Gumbel's
distribution with z ~ N(0, I): so a text has latents like a picture has, and a step of a genome's path moves it a little: it
often keeps its beginning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from qdhf.errors import InvalidInput
from qdhf.generators.language_models import EMBEDDED, open_language
from qdhf.generators.machine import torch_on
from qdhf.generators.wording import Wording, finished, made
from qdhf.ports import Made
from qdhf.types import FloatArray, Genome, ItemKind
from qdhf.weights import quiet

BATCH = 8  # texts a call on a CPU; more memory than time is won by more
TOP_P = 0.95  # of the probability is drawn from: what is left out is where small models go astray
LONGEST_PROMPT = 1024  # tokens


class LanguageGenerator:
    """A :class:`qdhf.ports.Generator` of texts. Not thread-safe: one per process.

    Args:
        model: "embedded" (SmolLM2-135M-Instruct), a folder that transformers saved, or a hub id ("owner/name").
        wording: How texts are drawn where a genome does not say.
        device: A torch device name; None takes CUDA where there is one.
        batch: Texts per call. Every call is filled up to it and holds prompts of one length only, so that a text does not
            depend on its neighbours.

    Raises MissingModel or InvalidInput as :func:`qdhf.generators.language_models.open_language` does.
    """

    kind: ItemKind = "text"
    latent_shape: tuple[
        int, ...
    ] = ()  # too many, and too loosely tied to what is written, for the search to calculate with

    def __init__(
        self, model: str = EMBEDDED, *, wording: Wording | None = None, device: str | None = None, batch: int = BATCH
    ) -> None:
        self._opened = open_language(model, device)
        self._wording = wording or Wording()
        self.batch = batch
        self._wording.resolved(Genome(prompt="x", seed=0))  # settings that cannot work are refused at once

    @property
    def key(self) -> str:
        return self._opened.key

    @property
    def device(self) -> str:
        """What texts are written on: the same words for the same bytes."""
        return torch_on(self._opened.device, self._opened.model.dtype)

    def latents(self, genome: Genome) -> FloatArray:
        raise InvalidInput("Texts have no latents to calculate with.")

    def check(self, genome: Genome) -> None:
        """Raises InvalidInput where ``genome`` cannot be made here."""
        self._resolved(genome)

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        """Write every text, in order. Raises InvalidInput for a genome that cannot be made, QdhfError for an empty text."""
        resolved = [self._resolved(genome) for genome in genomes]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i, genome in enumerate(resolved):
            groups.setdefault((genome.temperature, genome.tokens, len(self._ids(genome))), []).append(i)
        done: dict[int, Made] = {}
        for members in groups.values():
            for start in range(0, len(members), self.batch):
                part = members[start : start + self.batch]
                texts = self._written([resolved[i] for i in part])
                done |= {i: made(resolved[i], text, self.key) for i, text in zip(part, texts, strict=True)}
        return [done[i] for i in range(len(resolved))]

    def _resolved(self, genome: Genome) -> Genome:
        if genome.steering is not None or genome.latents is not None:
            raise InvalidInput("A text can neither be steered while it is written nor start from stored latents.")
        for step in genome.path:
            if not 0 <= step.sigma <= 1:
                raise InvalidInput(f"The size of a variation must lie between 0 and 1; got {step.sigma!r}.")
        resolved = self._wording.resolved(genome)
        length = len(self._ids(resolved))
        if length > LONGEST_PROMPT:
            raise InvalidInput(f"A prompt may have {LONGEST_PROMPT:,} tokens; this one has {length:,}. Shorten it.")
        return resolved

    def _ids(self, genome: Genome) -> list[int]:
        text = self._opened.chat(genome.prompt)
        return list(
            self._opened.tokenizer(text, add_special_tokens=self._opened.tokenizer.chat_template is None).input_ids
        )

    def _written(self, genomes: list[Genome]) -> list[str]:
        """Texts of genomes that share settings and the length of their prompts."""
        import torch

        filled = [*genomes, *[genomes[-1]] * (self.batch - len(genomes))]
        ids = torch.tensor([self._ids(genome) for genome in filled], device=self._opened.device)
        tokenizer, first = self._opened.tokenizer, genomes[0]
        with quiet("transformers"), torch.inference_mode():
            out = self._opened.model.generate(
                ids, attention_mask=torch.ones_like(ids), generation_config=_plain(tokenizer, self._opened.model, first),
                logits_processor=_sampling(first.temperature or 0.0, filled, ids.shape[1]),
            )  # fmt: skip
        new = out[: len(genomes), ids.shape[1] :].tolist()
        ends = _ends(tokenizer, self._opened.model)
        return [
            finished(tokenizer.decode(row, skip_special_tokens=True), whole=any(token in ends for token in row))
            for row in new
        ]


def _ends(tokenizer: Any, model: Any) -> list[int]:
    """Tokens that end a text: the tokenizer's, and those that the model's makers set."""
    own = getattr(model.generation_config, "eos_token_id", None)
    found = own if isinstance(own, list) else [own]
    return sorted({int(token) for token in [tokenizer.eos_token_id, *found] if token is not None})


def _plain(tokenizer: Any, model: Any, genome: Genome) -> Any:
    """The largest score is taken: what is random is in the scores by then."""
    from transformers import GenerationConfig

    return GenerationConfig(
        max_new_tokens=genome.tokens, do_sample=False, pad_token_id=tokenizer.pad_token_id,
        eos_token_id=_ends(tokenizer, model) or None,
    )  # fmt: skip


def _sampling(temperature: float, genomes: Sequence[Genome], start: int) -> Any:
    from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

    if temperature == 0:
        return LogitsProcessorList()
    noise = GumbelNoise(genomes, start)
    return LogitsProcessorList([TemperatureLogitsWarper(float(temperature)), TopPLogitsWarper(TOP_P), noise])


class GumbelNoise:
    """Adds each genome's noise to the scores of its row. ``start``: tokens before the first one that is drawn."""

    def __init__(self, genomes: Sequence[Genome], start: int) -> None:
        self._genomes, self._start = genomes, start

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        position, size = input_ids.shape[1] - self._start, scores.shape[1]
        distinct = {genome: gumbel(genome, position, size) for genome in self._genomes}
        noise = torch.from_numpy(np.stack([distinct[genome] for genome in self._genomes]))
        return scores + noise.to(scores.device, scores.dtype)


def gumbel(genome: Genome, position: int, size: int) -> FloatArray:
    """(size,) float32 standard Gumbel noise for the token at ``position``, a function of the genome's seed and path."""
    from scipy.special import log_ndtr

    z = _normal(genome.seed, position, size)
    for step in genome.path:
        z = math.sqrt(1 - step.sigma**2) * z + step.sigma * _normal(step.seed, position, size)
    noise: FloatArray = -np.log(-log_ndtr(z)).astype(np.float32)  # log Φ(z) keeps its digits where Φ(z) is near 0 or 1
    return noise


def _normal(seed: int, position: int, size: int) -> FloatArray:
    drawn: FloatArray = np.random.default_rng([seed, position]).standard_normal(size)
    return drawn
