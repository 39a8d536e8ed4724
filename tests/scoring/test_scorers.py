"""The scorers beyond their contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from qdhf.encoders.clip import ClipEncoder
from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.errors import MissingModel
from qdhf.scoring.agreement import AgreementScorer
from qdhf.scoring.clip import ClipScorer
from qdhf.scoring.plain import ColourScorer, EvenScorer
from tests import tiny_pipelines

torch.set_num_threads(1)


def face() -> np.ndarray:
    """A yellow smiley, drawn here: no picture of the training sets."""
    image = Image.new("RGB", (256, 256), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((16, 16, 240, 240), fill=(255, 205, 60))
    for x in (90, 166):
        pen.ellipse((x - 14, 80, x + 14, 120), fill=(90, 60, 20))
    pen.chord((70, 110, 186, 206), 10, 170, fill=(110, 50, 20))
    return np.asarray(image.resize((64, 64), Image.Resampling.LANCZOS))


def test_agreement_knows_a_smiley_from_other_things() -> None:
    encoder = EfficientNetEncoder()
    scorer = AgreementScorer(encoder)
    prompts = ["smiling face", "grinning face", "green salad", "truck", "mountain", "fish"]
    scores = scorer.score([face()] * len(prompts), prompts)
    assert scores[:2].min() > scores[2:].max() + 0.05


def test_agreement_uses_what_the_encoder_has_just_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = EfficientNetEncoder()
    encoder.encode([face()])
    monkeypatch.setattr(encoder, "_features", None)
    assert AgreementScorer(encoder).score([face()], ["smiling face"]).shape == (1,)


def test_a_missing_agreement_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingModel, match=r"model\.safetensors does not exist"):
        AgreementScorer(folder=tmp_path)


def test_clip_agreement_is_the_cosine_of_picture_and_prompt(tmp_path: Path) -> None:
    encoder = ClipEncoder(str(tiny_pipelines.clip(tmp_path / "clip")))
    images, prompts = [face(), face()[::-1].copy()], ["a", "b"]
    expected = (1 + (encoder.encode(images) * encoder.embed_texts(prompts)).sum(1)) / 2
    np.testing.assert_allclose(ClipScorer(encoder).score(images, prompts), expected, atol=1e-6)


def test_plain_scores_have_the_values_they_say() -> None:
    grey, red = np.full((2, 2, 3), 90, np.uint8), np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255
    assert ColourScorer().score([grey, red], ["", ""]).tolist() == [0, 1]
    assert EvenScorer().score([grey, red], ["", ""]).tolist() == [0.5, 0.5]
