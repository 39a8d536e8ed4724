"""What makes a pipeline faster or fit: memory layout, compiling, tiles for large pictures, the batch that fits.

QDHF_COMPILE     a backend of torch.compile ("inductor"), to compile the denoiser. Pays where a worker draws hundreds of
                 pictures of one size; the first batch of each size then takes minutes. Unset: not compiled
XDG_CACHE_HOME   where batches that did not fit are remembered (~/.cache), in qdhf/batches.json
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput
from qdhf.generators.pipelines import denoiser

TILES_FROM = 1025  # pixels of the longer side from which a picture is decoded in tiles


@dataclass(frozen=True, kw_only=True)
class Speed:
    """``channels_last``: convolutions with channels last, None: on CUDA alone; ``backend`` of torch.compile, "" for none;
    ``tiles_from``: pixels of the longer side from which the VAE works in tiles. ``batches``: file to remember batches in."""

    channels_last: bool | None = None
    backend: str = ""
    tiles_from: int = TILES_FROM
    batches: Path | None = None


def asked_for(settings: Mapping[str, str] = os.environ) -> Speed:
    """What the environment asks for."""
    cache = Path(settings.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Speed(backend=settings.get("QDHF_COMPILE", "").strip(), batches=cache / "qdhf" / "batches.json")


def prepare(pipeline: Any, speed: Speed, device: str) -> None:
    """Once, when a pipeline was opened. Raises InvalidInput for a backend that torch does not have."""
    import torch

    network = denoiser(pipeline)
    if speed.channels_last if speed.channels_last is not None else device.startswith("cuda"):
        for part in (network, getattr(pipeline, "vae", None)):
            if part is not None:
                part.to(memory_format=torch.channels_last)
    if speed.backend:
        known = torch.compiler.list_backends(exclude_tags=())
        if speed.backend not in known:
            raise InvalidInput(f"QDHF_COMPILE is {speed.backend!r}; torch has {', '.join(known)}. Or unset it.")
        network.compile(backend=speed.backend)


def tile(pipeline: Any, speed: Speed, width: int, height: int) -> None:
    """Let the VAE work in tiles where a picture of this size is large, and whole where it is not: by size alone, so that a
    genome means the same in every batch."""
    vae, large = getattr(pipeline, "vae", None), max(width, height) >= speed.tiles_from
    switch = getattr(vae, "enable_tiling" if large else "disable_tiling", None)
    if switch is not None and bool(getattr(vae, "use_tiling", False)) != large:
        switch()


def remembered(speed: Speed, model: str) -> int | None:
    """The largest batch of ``model`` (its key, device and size) that is known to fit; None where none did not."""
    found = _read(speed.batches).get(model)
    return found if isinstance(found, int) and found > 0 else None


def remember(speed: Speed, model: str, batch: int) -> None:
    """Keep ``batch`` for the next start. Where the file cannot be written, it is found again then."""
    if speed.batches is None:
        return
    with contextlib.suppress(OSError):
        speed.batches.parent.mkdir(parents=True, exist_ok=True)
        part = speed.batches.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({**_read(speed.batches), model: batch}, indent=1, sort_keys=True), "utf-8")
        part.replace(speed.batches)


def _read(path: Path | None) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
