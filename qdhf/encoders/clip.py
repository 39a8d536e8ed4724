"""Any CLIP or SigLIP model through transformers: pictures to the joint space, and prompts for its scorer.

Pictures are prepared here as the model's ``preprocessor_config.json`` says, with Pillow and numpy, so torchvision
is not needed and CPU and GPU see the same input.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from qdhf import pictures
from qdhf.encoders.differentiable import resized
from qdhf.errors import InvalidInput, MissingModel
from qdhf.types import FloatArray, ItemKind
from qdhf.weights import quiet, revision

BATCH = 16
FAMILIES = ("clip", "siglip", "siglip2", "metaclip_2", "align", "altclip", "chinese_clip")


class ClipEncoder:
    """Pictures to (n, d) float32 unit vectors; ``embed_texts`` puts prompts into the same space.

    ``model``: a hub id ("openai/clip-vit-base-patch32") or a folder with safetensors weights.
    Raises MissingModel (absent, no safetensors) or InvalidInput (another kind of model).
    """

    kind: ItemKind = "image"

    def __init__(self, model: str, *, device: str | None = None) -> None:
        import torch

        self.model = model
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._net, self._tokenizer, self._prepare, found = _load(model)
        self._net.to(self._device)
        self._key = f"clip:{Path(model).resolve().name if Path(model).is_dir() else model}@{found}"
        self._size = int(self.encode([np.zeros((8, 8, 3), np.uint8)]).shape[1])

    @property
    def key(self) -> str:
        return self._key

    @property
    def size(self) -> int:
        return self._size

    def encode(self, things: Sequence[Any]) -> FloatArray:
        parts = [self._pictures(things[i : i + BATCH]) for i in range(0, len(things), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.size), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """(n, d) float32 unit vectors. Long texts are cut where the model ends."""
        parts = [self._texts(list(texts[i : i + BATCH])) for i in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.size), np.float32)

    def features(self, pixels: Any) -> Any:
        """See :class:`qdhf.encoders.differentiable.DifferentiableEncoder`."""
        import torch

        x = self._prepare.tensor(pixels.to(self._device, torch.float32))
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            found = self._net.get_image_features(pixel_values=x)
        features = getattr(found, "pooler_output", found).float()
        return features / features.norm(dim=-1, keepdim=True)

    def _pictures(self, images: Sequence[Any]) -> FloatArray:
        import torch

        x = torch.from_numpy(np.stack([self._prepare(pictures.checked(image)) for image in images]))  # (n, 3, s, s)
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            return _unit(self._net.get_image_features(pixel_values=x.to(self._device)))

    def _texts(self, texts: list[str]) -> FloatArray:
        import torch

        limit = int(getattr(self._net.config.text_config, "max_position_embeddings", 64))
        with quiet("transformers"), torch.inference_mode():  # SigLIP was trained on texts filled up to the limit
            options = {"padding": "max_length", "truncation": True, "max_length": limit, "return_tensors": "pt"}
            tokens = self._tokenizer(texts, **options)
            wanted = {name: value.to(self._device) for name, value in tokens.items() if name != "token_type_ids"}
            if "siglip" in self._net.config.model_type:
                wanted.pop("attention_mask", None)  # and without a mask
            return _unit(self._net.get_text_features(**wanted))


class Preparation:
    """What a model's picture processor does: resize, crop from the middle, scale, normalise. Returns (3, h, w)."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._resize, self._crop = config.get("do_resize", True), config.get("do_center_crop", False)
        self._size, self._crop_size = config.get("size", 224), config.get("crop_size", config.get("size", 224))
        self._filter = Image.Resampling(int(config.get("resample", Image.Resampling.BICUBIC)))
        self._factor = np.float32(config.get("rescale_factor", 1 / 255) if config.get("do_rescale", True) else 1)
        normal = config.get("do_normalize", True)
        self._mean = np.asarray(config.get("image_mean", [0.5] * 3) if normal else [0] * 3, np.float32)
        self._std = np.asarray(config.get("image_std", [0.5] * 3) if normal else [1] * 3, np.float32)

    def __call__(self, picture: pictures.Pixels) -> FloatArray:
        image = Image.fromarray(picture)
        if self._resize:
            image = image.resize(self._target(*image.size), self._filter)
        if self._crop:
            width, height = _sides(self._crop_size)
            left, top = (image.width - width) // 2, (image.height - height) // 2
            image = image.crop((left, top, left + width, top + height))
        x = np.asarray(image, np.float32) * self._factor
        return np.ascontiguousarray(((x - self._mean) / self._std).transpose(2, 0, 1))

    def tensor(self, pixels: Any) -> Any:
        """The same for a tensor (n, 3, h, w) in [0, 1], with a gradient."""
        x, mean, std = pixels, pixels.new_tensor(self._mean), pixels.new_tensor(self._std)
        if self._resize:
            width, height = self._target(x.shape[3], x.shape[2])
            x = resized(x, height, width, "bicubic" if self._filter == Image.Resampling.BICUBIC else "bilinear")
        if self._crop:
            width, height = _sides(self._crop_size)
            left, top = (x.shape[3] - width) // 2, (x.shape[2] - height) // 2
            x = x[:, :, top : top + height, left : left + width]
        x = x.clamp(0, 1) * (255 * float(self._factor))
        return (x - mean[:, None, None]) / std[:, None, None]

    def _target(self, width: int, height: int) -> tuple[int, int]:
        short = self._size.get("shortest_edge") if isinstance(self._size, dict) else None
        if isinstance(self._size, int) and self._crop:
            short = self._size
        if short is None:
            return _sides(self._size)
        scale = short / min(width, height)
        return max(short, int(width * scale)), max(short, int(height * scale))


def _sides(size: Any) -> tuple[int, int]:
    """(width, height) of a size in any of the forms that configurations use."""
    if isinstance(size, dict):
        side: Any = size.get("shortest_edge", 224)
        width, height = size.get("width", side), size.get("height", side)
        return int(width), int(height)
    return int(size), int(size)


def _unit(output: Any) -> FloatArray:
    """Model output, a tensor or an object with ``pooler_output``, as (n, d) float32 unit vectors."""
    features = getattr(output, "pooler_output", output).float()
    unit: FloatArray = (features / features.norm(dim=-1, keepdim=True)).cpu().numpy()
    return unit


def _load(model: str) -> tuple[Any, Any, Preparation, str]:
    """Network, tokenizer, picture preparation and revision of ``model``."""
    local = Path(model).expanduser()
    if not local.is_dir() and model.count("/") != 1:
        raise MissingModel(f"There is no folder {model}. Give a folder or a hub id (owner/name).")
    name = str(local) if local.is_dir() else model
    with quiet("transformers"):
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        try:
            config = AutoConfig.from_pretrained(name)
            if config.model_type not in FAMILIES:
                raise InvalidInput(f"{model} is a {config.model_type} model; a CLIP or SigLIP model is needed.")
            net = AutoModel.from_pretrained(name, use_safetensors=True).eval().requires_grad_(False)
            tokenizer = AutoTokenizer.from_pretrained(name)
            preparation = Preparation(_picture_config(name))
        except (OSError, ValueError, KeyError, ImportError) as error:
            lines = str(error).strip().splitlines()
            raise MissingModel(
                f"{model} could not be opened: {lines[0][:300] if lines else error!r} It needs safetensors weights, "
                "a tokenizer and a picture configuration."
            ) from error
    commit = getattr(config, "_commit_hash", None)
    return net, tokenizer, preparation, revision(local) if local.is_dir() else str(commit or "unknown")[:8]


def _picture_config(name: str) -> dict[str, Any]:
    from transformers.utils import cached_file

    for file in ("preprocessor_config.json", "processor_config.json"):
        path = cached_file(name, file, _raise_exceptions_for_missing_entries=False)
        if path is not None:
            whole: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
            part: dict[str, Any] = whole.get("image_processor", whole)
            return part
    raise ValueError("it has no preprocessor_config.json.")
