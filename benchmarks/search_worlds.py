"""Worlds that a search is measured in: a planted one, and the pipeline that ships with the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from qdhf.descriptors.descriptor import learn
from qdhf.planted import EPOCH, judge, random_triplets
from qdhf.search.grammar import Grammar
from qdhf.types import Fit, FloatArray, Genome, Judgment, StudyMatrix

SHAPE = (4, 16, 16)
ANSWERS = 150  # about the first population, that teach the planted world's axes
DIRECTIONS = 300  # in latent space, that each planted factor mixes
POWERS = (0.45, 0.3, 0.25)  # variance of a planted factor by Hermite order: linear, quadratic, cubic


class World(Protocol):
    """``prompts`` of the study; ``latents`` of a genome's seed; ``render``: features (n, d) and quality (n,) in [0, 1] of
    (n, *shape) latents drawn with prompts; ``fit``: the axes of the map, from the first population."""

    prompts: tuple[str, ...]

    def noise(self, seed: int) -> FloatArray: ...
    def render(self, latents: FloatArray, prompts: Sequence[str]) -> tuple[FloatArray, FloatArray]: ...
    def fit(self, matrix: StudyMatrix, dims: tuple[int, int]) -> Fit: ...


class Planted:
    """Latents of 1,024 numbers, low frequencies louder; nine factors that mix 300 directions of them each, less than half of
    it linearly, so that the place of a picture correlates with that of a child as a diffusion model's does. Judges see two
    factors, six louder ones mislead, one is quality. A prompt moves what judges see and turns a third of every factor.
    Axes are learned from 150 answers about the first population."""

    prompts = ("a {red|blue} {apple|house|cat}",)

    def __init__(self, seed: int) -> None:
        self._seed, rng = seed, np.random.default_rng([seed, 77])
        self._shared, self._mix = _Factors(rng), np.linalg.qr(rng.normal(size=(64, 64)))[0]
        self._own = {p: (_Factors(rng), rng.normal(size=2)) for p in _all_prompts(self.prompts)}
        self._human: FloatArray = np.zeros((0, 2))

    def noise(self, seed: int) -> FloatArray:
        return np.random.default_rng(seed).standard_normal(SHAPE, dtype=np.float32)

    def _factors(self, latents: FloatArray, prompts: Sequence[str]) -> FloatArray:
        flat = latents.reshape(len(latents), -1)
        own = np.stack([self._own[p][0](z[None])[0] for z, p in zip(flat, prompts, strict=True)])
        factors = np.sqrt(0.35) * self._shared(flat) + np.sqrt(0.65) * own
        factors[:, :2] += np.stack([self._own[p][1] for p in prompts])
        return factors

    def render(self, latents: FloatArray, prompts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        factors = self._factors(latents, prompts)
        loud = np.tanh(factors[:, 2:8]) * 3
        faint = 0.1 * np.cos(7 * factors[:, :1] + np.arange(56))
        bent = factors[:, :2] + 0.2 * np.sin(2 * factors[:, 1::-1])
        features = np.concatenate([bent, loud, faint], axis=1) @ self._mix
        return features.astype(np.float32), (1 / (1 + np.exp(-factors[:, 8]))).astype(np.float32)

    def fit(self, matrix: StudyMatrix, dims: tuple[int, int]) -> Fit:
        rng = np.random.default_rng([self._seed, 78])
        human = np.asarray(matrix.features, np.float64) @ self._mix.T[:, :2]
        items = random_triplets(len(matrix), ANSWERS, rng)
        told = judge(human, items, rng=rng)
        answers = [
            _answer(matrix.ids, row, closer > 0.5, n) for n, (row, closer) in enumerate(zip(items, told, strict=True))
        ]
        return learn(matrix, answers, None, encoder="planted", study_id="s", key="k", seed=self._seed, dims=dims)


class _Factors:
    """Nine functions of latents, each of mean 0 and variance 1 over N(0, I)."""

    def __init__(self, rng: np.random.Generator, count: int = 9) -> None:
        rows, columns = np.meshgrid(
            np.minimum(np.arange(16), 16 - np.arange(16)), np.minimum(np.arange(16), 16 - np.arange(16))
        )
        loud = 1 / (1 + np.hypot(rows, columns))
        white = np.fft.fft2(rng.normal(size=(DIRECTIONS, *SHAPE)), axes=(2, 3))
        found = np.fft.ifft2(white * loud, axes=(2, 3)).real.reshape(DIRECTIONS, -1)
        self._directions = (found / np.linalg.norm(found, axis=1, keepdims=True)).T  # (D, directions)
        weights = rng.normal(size=(len(POWERS), DIRECTIONS, count))
        self._weights = weights / np.linalg.norm(weights, axis=1, keepdims=True) * np.sqrt(POWERS)[:, None, None]
        probe = rng.normal(size=(2000, len(self._directions)))
        self._scale = self._raw(probe).std(axis=0)

    def _raw(self, flat: FloatArray) -> FloatArray:
        u = flat @ self._directions
        hermite = (u, (u**2 - 1) / np.sqrt(2), (u**3 - 3 * u) / np.sqrt(6))
        return np.asarray(sum(h @ w for h, w in zip(hermite, self._weights, strict=True)))

    def __call__(self, flat: FloatArray) -> FloatArray:
        return self._raw(flat) / self._scale


def _all_prompts(templates: Sequence[str]) -> tuple[str, ...]:
    rng, grammar = np.random.default_rng(0), Grammar(templates)
    return tuple(sorted({grammar.draw(i, rng) for i in range(500)}))


def _answer(ids: Sequence[str], row: Sequence[int], a: bool, number: int) -> Judgment:
    return Judgment(
        id=f"j{number:06d}", event_id=f"e{number}", study_id="s", question_id=f"q{number}", rater_id="r", reference=ids[row[0]],
        a=ids[row[1]], b=ids[row[2]], left="a", closer="a" if a else "b", strategy="informative", repeat_of=None,
        response_ms=2000, created_at=EPOCH,
    )  # fmt: skip


class Embedded:
    """The shipped pipeline with the demo study's prompts, encoder and quality measure, at fewer steps. Axes are principal
    components of the first population."""

    def __init__(self, seed: int, steps: int = 4) -> None:
        import torch

        from qdhf.registry import open_encoder, open_generator, open_scorer
        from qdhf.studio.studies import DEMO
        from qdhf.types import GeneratorSpec

        torch.set_num_threads(1)
        self._seed, self.prompts = seed, tuple(DEMO["prompts"])
        self._generator = open_generator(GeneratorSpec(steps=steps), _Latents())
        self._encoder = open_encoder("efficientnet-lite0")
        self._scorer = open_scorer("agreement", self._encoder)

    def noise(self, seed: int) -> FloatArray:
        return self._generator.latents(Genome(prompt="", seed=seed))

    def render(self, latents: FloatArray, prompts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        from qdhf.generators.latents import pack

        blobs = self._generator._blobs  # type: ignore[attr-defined]
        genomes = [Genome(prompt=p, seed=0, latents=blobs.put(pack(z))) for z, p in zip(latents, prompts, strict=True)]
        pixels = [made.pixels for made in self._generator.generate(genomes)]
        return self._encoder.encode(pixels), self._scorer.score(pixels, list(prompts))

    def fit(self, matrix: StudyMatrix, dims: tuple[int, int]) -> Fit:
        return learn(matrix, [], None, encoder="embedded", study_id="s", key="k", seed=self._seed, dims=dims)


class _Latents:
    """Files of latents in memory."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        import hashlib

        name = hashlib.sha256(data).hexdigest()
        self._files[name] = data
        return name

    def get(self, sha256: str) -> bytes:
        return self._files[sha256]
