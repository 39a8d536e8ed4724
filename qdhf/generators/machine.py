"""What things are made on, in words that two machines share only where they calculate alike."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from qdhf.ports import Generator


def made_on(generator: Generator) -> str:
    """The device of ``generator`` as it names it (``device``), else this machine's processor, with the library's version."""
    own = getattr(generator, "device", "")
    return str(own) if own else named(processor(), "numpy")


def named(device: str, library: str, number: str = "") -> str:
    """``device`` with the version of what calculates on it, and the ``number`` format where there is a choice."""
    try:
        release = version(library)
    except PackageNotFoundError:
        release = "unknown"
    return ", ".join(part for part in (device, f"{library} {release}", number) if part)


def torch_on(device: str, dtype: object) -> str:
    """``device`` as torch names it, with its version and the number format: two that differ may differ in single bits."""
    import torch

    where = processor() if device == "cpu" else f"{processor()}, {device}"
    if device.startswith("cuda"):
        where = torch.cuda.get_device_name(device)
    return named(where, "torch", str(dtype).removeprefix("torch."))


@cache
def processor() -> str:
    """This machine's processor: the same words for the same model."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return " ".join((model or platform.processor() or "processor").split()) + f" ({platform.machine()})"


def gpu() -> tuple[str, float] | None:
    """Name and memory in GB of the GPU that generation uses; None without one."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name(0), torch.cuda.get_device_properties(0).total_memory / 1e9
    return None
