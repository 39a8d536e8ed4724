"""Encoders as a gradient sees them: the same features as from pictures, and a gradient that tells where they go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from qdhf.encoders.clip import ClipEncoder
from qdhf.encoders.differentiable import DifferentiableEncoder, differentiable, resized
from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput
from qdhf.pictures import Pixels
from tests import tiny_pipelines

torch.set_num_threads(1)


@pytest.fixture(scope="module", params=["efficientnet", "clip", "siglip"])
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> DifferentiableEncoder:
    if request.param == "efficientnet":
        return differentiable(EfficientNetEncoder(device="cpu"))
    folder: Path = getattr(tiny_pipelines, request.param)(tmp_path_factory.mktemp("models") / request.param)
    return differentiable(ClipEncoder(str(folder), device="cpu"))


def drawn(n: int, height: int, width: int) -> tuple[list[Pixels], torch.Tensor]:
    """Smooth pictures, as uint8 arrays and as a tensor in [0, 1]."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.random((n, 3, 6, 6), dtype=np.float32))
    x = (torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 1) * 255).round() / 255
    return list((x * 255).round().permute(0, 2, 3, 1).byte().numpy()), x


@pytest.mark.parametrize("size", [(64, 64), (48, 80), (200, 150)])
def test_features_of_a_tensor_are_those_of_the_picture(encoder: DifferentiableEncoder, size: tuple[int, int]) -> None:
    images, x = drawn(3, *size)
    expected = encoder.encode(images)  # type: ignore[attr-defined]
    with torch.no_grad():
        found = encoder.features(x).numpy()
    assert found.shape == (3, encoder.size)
    assert np.linalg.norm(found - expected) < 0.02 * np.linalg.norm(expected)


def test_for_the_shipped_size_features_agree_to_the_last_bits() -> None:
    encoder = EfficientNetEncoder(device="cpu")
    images, x = drawn(3, 64, 64)
    with torch.no_grad():
        np.testing.assert_allclose(encoder.features(x).numpy(), encoder.encode(images), atol=1e-4)


def test_the_gradient_leads_towards_the_features_of_another_picture(encoder: DifferentiableEncoder) -> None:
    _, drawings = drawn(2, 64, 64)
    x, goal = (0.2 + 0.6 * drawings[:1]).requires_grad_(), encoder.features(drawings[1:]).detach()
    missing = ((encoder.features(x) - goal) ** 2).sum()
    (gradient,) = torch.autograd.grad(missing, x)
    assert gradient.shape == x.shape
    with torch.no_grad():
        steps = [s * gradient / gradient.norm() for s in (0.1, 0.3, 1.0, 3.0)]
        nearer, farther = (
            min(float(((encoder.features(x + sign * s) - goal) ** 2).sum()) for s in steps) for sign in (-1, 1)
        )
    assert nearer < 0.98 * missing.item()
    assert nearer < farther


def test_an_encoder_without_a_gradient_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"pixels@1 has no gradient.*EfficientNet-Lite0 or a CLIP"):
        differentiable(PixelEncoder())


def test_tensors_are_resized_as_pillow_resizes_pictures() -> None:
    from PIL import Image

    images, x = drawn(1, 64, 64)
    expected = np.asarray(Image.fromarray(images[0]).resize((128, 128), Image.Resampling.BILINEAR), np.float32)
    found = (resized(x, 128, 128)[0].permute(1, 2, 0) * 255).round().numpy()
    np.testing.assert_array_equal(found, expected)
