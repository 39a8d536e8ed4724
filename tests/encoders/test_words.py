"""Words and pictures in one space, with the shipped models."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.descriptors.naming import suggest, vocabulary
from qdhf.encoders.words import CLIP_ART, knows_words, open_words


@pytest.mark.parametrize(
    ("encoder", "known"), [("efficientnet-lite0", True), ("minilm", True), ("clip:a/b", True), ("pixels", False)]
)
def test_which_encoders_know_words(encoder: str, known: bool) -> None:
    assert knows_words(encoder) == known


def test_an_encoder_without_words_opens_nothing() -> None:
    assert open_words("pixels") is None


def test_texts_along_a_mood_axis_are_called_so() -> None:
    space = open_words("minilm")
    assert space is not None
    assert space.caution == ""
    sad, happy = "I am so sad, I could cry.", "What a happy day, I laugh and dance!"
    texts = [f"{text} ({n})" for n in range(8) for text in (sad, happy)]
    places = np.array([[-1.0], [1.0]] * 8)
    (names,) = suggest(space.words(texts), places, space)
    assert "Mood" in {n.name for n in names}
    assert all(n.correlation > 0.9 for n in names)


def test_pictures_come_into_the_sentence_space_as_unit_vectors_and_say_that_they_are_a_hint() -> None:
    space = open_words("efficientnet-lite0")
    assert space is not None
    assert space.caution == CLIP_ART
    items = space.items(np.random.default_rng(0).random((5, 1280), np.float32))
    words = space.words([word for _, *ends in vocabulary()[:3] for word in ends])
    assert items.shape == (5, 384)
    assert words.shape == (6, 384)
    for rows in (items, words):
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
