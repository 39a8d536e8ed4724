"""What every scorer promises (:class:`qdhf.ports.Scorer`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput
from qdhf.ports import Scorer
from qdhf.registry import open_encoder, open_scorer
from qdhf.scoring.plain import EvenScorer
from tests import tiny_language, tiny_pipelines


@pytest.fixture(scope="module", params=["even", "even for texts", "fluency", "colour", "agreement", "clip"])
def scorer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    if request.param == "even for texts":
        return EvenScorer("text")
    if request.param == "fluency":
        folder = tiny_language.causal(tmp_path_factory.mktemp("scorers") / "language")
        return open_scorer(f"fluency:{folder}", open_encoder("minilm"))
    if request.param == "clip":
        folder = tiny_pipelines.clip(tmp_path_factory.mktemp("scorers") / "clip")
        return open_scorer("clip", open_encoder(f"clip:{folder}"))
    return open_scorer(request.param, PixelEncoder())


def things(scorer: Scorer, count: int = 11) -> list[Any]:
    if scorer.kind == "text":
        return [f"text {i}" for i in range(count)]
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (20 + i, 30, 3), dtype=np.uint8) for i in range(count)]


PROMPTS = ["a cat", "", "<b>" * 4000, "🎉"]


def test_scores_are_one_finite_float32_in_0_to_1_per_thing(scorer: Scorer) -> None:
    given = things(scorer)
    scores = scorer.score(given, [PROMPTS[i % 4] for i in range(len(given))])
    assert scores.shape == (11,)
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_score_does_not_depend_on_the_batch(scorer: Scorer) -> None:
    given = things(scorer)
    prompts = [PROMPTS[i % 4] for i in range(len(given))]
    together = scorer.score(given, prompts)
    alone = [float(scorer.score([thing], [prompt])[0]) for thing, prompt in zip(given, prompts, strict=True)]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_nothing_has_no_scores(scorer: Scorer) -> None:
    assert scorer.score([], []).shape == (0,)


def test_each_thing_needs_its_prompt(scorer: Scorer) -> None:
    with pytest.raises(InvalidInput, match="2 items and 1 prompts"):
        scorer.score(things(scorer, 2), ["a cat"])


def test_it_names_its_model_and_revision(scorer: Scorer) -> None:
    assert "@" in scorer.key
    assert isinstance(scorer, Scorer)
