"""Pictures from any diffusers text-to-image pipeline, by hub id or local folder, or the shipped one ("embedded")."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qdhf import pictures
from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.callbacks_steer import Request, Steerer
from qdhf.generators.callbacks_text import LateNegative
from qdhf.generators.latents import checked_seed, initial_latents
from qdhf.generators.machine import torch_on
from qdhf.generators.pipelines import LOUD, Opened, Settings, denoiser, open_pipeline
from qdhf.generators.prompts import remember_prompts
from qdhf.generators.speed import Speed, prepare, remember, remembered, tile
from qdhf.ports import Blobs, Encoder, Made
from qdhf.types import FloatArray, Genome, ItemKind
from qdhf.weights import quiet

MAX_STEPS, MAX_SIDE = 1000, 4096
NOISE_SALT = 0x5DEECE66D  # sets the noise that some schedulers add on the way apart from the initial noise


class DiffusionGenerator:
    """A :class:`qdhf.ports.Generator` over one pipeline. Not thread-safe: one per process.

    Args:
        model: "embedded", a folder in the diffusers layout, or a hub id ("owner/name").
        settings: How to call it where a genome does not say; None values mean the model's own.
        blobs: Where stored latents and axes are read from; needed only for genomes that name some.
        device: A torch device name; None takes CUDA, then Apple's MPS, then the CPU.
        batch: Pictures per call at most; None chooses by size and device. Halved, for good, when memory runs out.
        speed: What makes it faster or fit (:mod:`qdhf.generators.speed`).
        encoder: What the map is made of; needed only for genomes that are steered by it.
        on_step: Called with the number of each finished denoising step; what it raises stops the work.

    Noise is drawn on the CPU in float32, so a genome means the same everywhere. On a CPU every call is filled up to
    ``batch`` pictures, so that a genome gives the same bytes whatever it was asked for with (sums are ordered by
    batch size; batches of 4 and 8 were checked, 16 is not exact). On a GPU, and after memory ran out, the same
    genome in another batch may differ by one grey level here and there, and a steered one by more.

    Raises MissingModel or InvalidInput as :func:`qdhf.generators.pipelines.open_pipeline` does.
    """

    kind: ItemKind = "image"

    def __init__(
        self,
        model: str = "embedded",
        *,
        settings: Settings | None = None,
        blobs: Blobs | None = None,
        device: str | None = None,
        batch: int | None = None,
        speed: Speed | None = None,
        encoder: Encoder | None = None,
        on_step: Callable[[int], None] | None = None,
    ) -> None:
        self._device, self._dtype = _place(device)
        self._opened: Opened = open_pipeline(model, self._device, self._dtype)
        self._speed = speed or Speed()
        prepare(self._opened.pipeline, self._speed, self._device)
        remember_prompts(self._opened.pipeline)
        self.settings = _merged(settings or Settings(), self._opened.settings)
        self._blobs, self._on_step = blobs, on_step
        self._steerer = Steerer(self._opened, encoder, blobs)
        start = _batch(self._device, max(self.settings.width or 0, self.settings.height or 0))
        self.batch = batch or min(start, remembered(self._speed, self._name) or start)
        self._resolved(Genome(prompt="", seed=0))  # settings that cannot work are refused at once

    @property
    def key(self) -> str:
        return self._opened.key

    @property
    def device(self) -> str:
        """What it calculates on: the same words for the same bytes."""
        return torch_on(self._device, self._dtype)

    @property
    def _name(self) -> str:
        """What a batch that fits depends on."""
        return f"{self.key} at {self.settings.width} × {self.settings.height} on {self.device}"

    @property
    def pipeline(self) -> Any:
        """The diffusers pipeline itself, for what this class does not offer (``save_pretrained``, say)."""
        return self._opened.pipeline

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """(channels, rows, columns) at the default size; genomes with their own size have their own shape."""
        return self._shape(self._resolved(Genome(prompt="", seed=0)))

    def latents(self, genome: Genome) -> FloatArray:
        unsteered = dataclasses.replace(genome, steering=None)  # they do not depend on it
        return initial_latents(genome, self._shape(self._resolved(unsteered)), _noise, self._blobs)

    def check(self, genome: Genome) -> None:
        """Raises InvalidInput where ``genome`` cannot be made here, as :meth:`generate` would: to ask before a run."""
        self._resolved(genome)

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        """Make every genome, in order. Raises InvalidInput for one that cannot be made, QdhfError when memory is
        too small even for one picture."""
        resolved = [self._resolved(genome) for genome in genomes]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for i, g in enumerate(resolved):
            key = (g.steps, g.guidance, g.width, g.height, bool(g.negative_prompt), g.steering and g.steering.axes)
            groups.setdefault(key, []).append(i)
        made: dict[int, Made] = {}
        for members in groups.values():
            for i, (genome, image) in zip(members, self._group([resolved[i] for i in members]), strict=True):
                made[i] = Made(genome=genome, data=pictures.png(image), media_type="image/png", pixels=image)
        return [made[i] for i in range(len(resolved))]

    def _resolved(self, genome: Genome) -> Genome:
        """``genome`` with everything filled in that the generator chooses. Raises InvalidInput."""
        chosen: dict[str, Any] = {}
        for name in ("steps", "guidance", "width", "height"):
            own = getattr(genome, name)
            chosen[name] = getattr(self.settings, name) if own is None else own
        negative = genome.negative_prompt or self.settings.negative_prompt
        supported = "negative_prompt" in self._opened.accepts and "true_cfg_scale" not in self._opened.accepts
        if negative and not supported:
            raise InvalidInput(f"{self.key} knows no negative prompts: leave the negative prompt empty.")
        used = negative if chosen["guidance"] is not None and chosen["guidance"] > 1 else ""
        checked_seed(genome.seed)
        self._check(chosen)
        steering = self._steerer.resolved(genome, chosen["guidance"])
        return dataclasses.replace(genome, negative_prompt=used, steering=steering, **chosen)

    def _check(self, chosen: dict[str, Any]) -> None:
        multiple = self._opened.layout.multiple
        for name in ("width", "height"):
            if not multiple <= chosen[name] <= MAX_SIDE or chosen[name] % multiple:
                raise InvalidInput(
                    f"The {name} must be a multiple of {multiple}, at most {MAX_SIDE} pixels; got {chosen[name]}."
                )
        if chosen["steps"] is not None and not 1 <= chosen["steps"] <= MAX_STEPS:
            raise InvalidInput(f"The number of steps must lie between 1 and {MAX_STEPS}; got {chosen['steps']}.")
        if chosen["guidance"] is not None and not 0 <= chosen["guidance"] <= 100:
            raise InvalidInput(f"The guidance must lie between 0 and 100; got {chosen['guidance']!r}.")

    def _shape(self, resolved: Genome) -> tuple[int, ...]:
        return self._opened.layout.shape(int(resolved.width or 0), int(resolved.height or 0))

    def _group(self, genomes: list[Genome]) -> list[tuple[Genome, pictures.Pixels]]:
        """Genomes that share all settings, with their pictures, in batches that fit; one that does not is halved."""
        made: list[tuple[Genome, pictures.Pixels]] = []
        request = Request(self._steerer)
        while len(made) < len(genomes):
            part = genomes[len(made) : len(made) + self.batch]
            filled = part if self._device != "cpu" else [*part, *[part[-1]] * (self.batch - len(part))]
            try:
                with request.acting(filled, len(part)) as late:
                    images = self._call(filled, late)[: len(part)]
                made += zip(request.finished(part), images, strict=True)
                continue
            except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
                if not _out_of_memory(error):
                    raise
                if len(filled) == 1:
                    raise self._too_large(part[0]) from error
                self.batch = len(filled) // 2
                remember(self._speed, self._name, self.batch)
            _free(self._device)  # outside the handler: while the error lives, so do the tensors of its frames
        return made

    def _call(self, genomes: list[Genome], late: LateNegative | None) -> list[pictures.Pixels]:
        import torch

        first, accepts = genomes[0], self._opened.accepts
        tile(self.pipeline, self._speed, int(first.width or 0), int(first.height or 0))
        z = torch.from_numpy(np.stack([self.latents(g) for g in genomes]))  # (n, channels, rows, columns)
        if self._opened.layout.packed:
            z = self.pipeline._pack_latents(z, *z.shape)  # (n, rows · columns / 4, channels · 4)
        arguments: dict[str, Any] = {
            "prompt": [g.prompt for g in genomes],
            "latents": z.to(self._device, denoiser(self.pipeline).dtype),
            "generator": [torch.Generator().manual_seed(g.seed ^ NOISE_SALT) for g in genomes],
            "num_inference_steps": first.steps, "guidance_scale": first.guidance,
            "width": first.width, "height": first.height, "output_type": "np",
        }  # fmt: skip
        if first.negative_prompt:
            arguments["negative_prompt"] = [g.negative_prompt for g in genomes]
        if self._on_step is not None or late is not None:
            arguments["callback_on_step_end"] = functools.partial(self._stepped, late)
        if late is not None:
            arguments["callback_on_step_end_tensor_inputs"] = late.names
        with quiet(*LOUD), torch.inference_mode():
            images = self.pipeline(**{k: v for k, v in arguments.items() if k in accepts and v is not None}).images
        return [_pixels(image, self.key) for image in np.asarray(images)]

    def _stepped(
        self, late: LateNegative | None, _pipeline: Any, step: int, _timestep: Any, values: dict[str, Any]
    ) -> dict[str, Any]:
        if self._on_step is not None:
            self._on_step(step)
        return values if late is None else late(step, values)

    def _too_large(self, genome: Genome) -> QdhfError:
        return QdhfError(
            f"One picture of {genome.width} × {genome.height} pixels with {self.key} does not fit the memory of "
            f"{self._device}. Choose a smaller size or a smaller model, or close what else uses that memory."
        )


def _place(device: str | None) -> tuple[str, Any]:
    """The device to use and the number format that suits it."""
    import torch

    if device is None:
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if device.startswith("cuda"):
        return device, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return device, torch.float16 if device == "mps" else torch.float32


def _batch(device: str, side: int) -> int:
    """Pictures per call to begin with: ``side`` is the longer side in pixels."""
    if device == "cpu":
        return 4 if side <= 128 else 1
    return 32 if side <= 128 else 8


def _merged(wanted: Settings, own: Settings) -> Settings:
    names = ("steps", "guidance", "width", "height")
    filled = {n: getattr(own, n) if getattr(wanted, n) is None else getattr(wanted, n) for n in names}
    return dataclasses.replace(wanted, **filled)


def _noise(seed: int, shape: tuple[int, ...]) -> FloatArray:
    import torch

    drawn: FloatArray = torch.randn(shape, generator=torch.Generator().manual_seed(checked_seed(seed))).numpy()
    return drawn


def _out_of_memory(error: Exception) -> bool:
    words = ("out of memory", "DefaultCPUAllocator", "can't allocate memory")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


def _free(device: str) -> None:
    """Give cached GPU memory back after a batch that did not fit, so that the smaller one finds room."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


def _pixels(image: FloatArray, key: str) -> pictures.Pixels:
    """(h, w, 3) in [0, 1] to uint8. Raises QdhfError for NaN, which half precision can give."""
    if not np.isfinite(image).all():
        raise QdhfError(f"{key} gave no numbers (NaN). Try other settings, or a CPU, which calculates in float32.")
    return (image.clip(0, 1) * 255).round().astype(np.uint8)
