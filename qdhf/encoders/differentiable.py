"""Encoders that a gradient can pass through, from features back to pixels."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from qdhf.errors import InvalidInput
from qdhf.ports import Encoder


@runtime_checkable
class DifferentiableEncoder(Protocol):
    """An :class:`qdhf.ports.Encoder` of pictures that also works on tensors, with a gradient."""

    @property
    def key(self) -> str: ...

    @property
    def size(self) -> int: ...

    def features(self, pixels: Any) -> Any:
        """Tensor (n, 3, h, w) in [0, 1] to (n, size) float32: what ``encode`` gives, up to the last bits of its resizing.
        Works on the device that the network is on."""
        ...


def differentiable(encoder: Encoder) -> DifferentiableEncoder:
    """``encoder`` itself. Raises InvalidInput where no gradient can pass through it."""
    if not isinstance(encoder, DifferentiableEncoder):
        raise InvalidInput(
            f"The encoder {encoder.key} has no gradient, so pictures cannot be drawn towards a place on its map. Use a "
            "study with EfficientNet-Lite0 or a CLIP encoder, or leave the target out."
        )
    return encoder


def resized(pixels: Any, height: int, width: int, mode: str = "bilinear") -> Any:
    """Tensor (n, 3, h, w) in [0, 1] to (n, 3, ``height``, ``width``) as Pillow resizes 8-bit pictures: columns, then rows,
    rounded in between. Small encoders notice: without the rounding EfficientNet-Lite0's features are 10 % off.

    By matrices, since the gradient of torch's own resizing is summed in no fixed order on a GPU.
    """
    x = rounded(pixels)
    if x.shape[3] != width:
        x = rounded(x @ _weights(x, x.shape[3], width, mode).T)
    return x if x.shape[2] == height else rounded(_weights(x, x.shape[2], height, mode) @ x)


def _weights(like: Any, size: int, wanted: int, mode: str) -> Any:
    """(``wanted``, ``size``): what each new pixel of a line takes of the old ones."""
    import torch
    from torch.nn.functional import interpolate

    unit = torch.eye(size)[None, None]  # a line in each column
    return interpolate(unit, (wanted, size), mode=mode, antialias=True, align_corners=False)[0, 0].to(like)


def rounded(pixels: Any) -> Any:
    """Pixels in [0, 1] at the nearest of 256 levels, halves up; the gradient passes straight through."""
    return pixels + ((pixels.detach().clamp(0, 1) * 255 + 0.5).floor() / 255 - pixels.detach())
