"""The text encoder places meanings, not letters."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.encoders import minilm
from qdhf.encoders.minilm import MiniLMEncoder
from qdhf.errors import MissingModel


def test_paraphrases_are_near_and_other_topics_far() -> None:
    texts = ["A cat sleeps on the sofa.", "A kitten naps on a couch.", "Stocks fell sharply.", "Share prices dropped."]
    features = MiniLMEncoder().encode(texts)
    cosine = features @ features.T
    np.testing.assert_allclose(np.diag(cosine), 1, atol=1e-5)
    assert min(cosine[0, 1], cosine[2, 3]) > 0.5
    assert cosine[:2, 2:].max() < 0.2


def test_other_weights_than_the_expected_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "SHA256", "0" * 64)
    with pytest.raises(MissingModel, match="SHA-256 000000000000"):
        MiniLMEncoder()
