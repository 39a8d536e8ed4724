"""Train in slices: a slice goes on from the last checkpoint, and stopping in between changes no result.

Everything random in a step comes from the seed and the step's number, and the learning rate from the step and the
number of steps, so that a training interrupted anywhere ends with the same weights as one that was not. A
checkpoint is a folder of safetensors shards small enough to carry (``SHARD``); its index is written last, so a
half-written one is never read.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import load_file

SHARD = "15MB"
SAVE_EVERY = 600.0  # seconds
LOG_EVERY = 50  # steps


class Trainer(Protocol):
    """Something that learns step by step. ``step`` counts the steps taken."""

    step: int

    def advance(self, steps: int) -> float:
        """Take one step of ``steps`` and return its loss."""

    def state(self) -> dict[str, torch.Tensor]:
        """Everything that the next step depends on, by name."""

    def restore(self, state: dict[str, torch.Tensor]) -> None: ...


def generator(seed: int, step: int) -> torch.Generator:
    """The randomness of one step, the same whenever the step is taken."""
    return torch.Generator().manual_seed(seed * 1_000_003 + step)


def learning_rate(step: int, steps: int, peak: float, warmup: int = 200, decay: float = 0.4) -> float:
    """Warm up, hold, then fall linearly to a fiftieth over the last ``decay`` (0–1) of ``steps``."""
    left = (steps - step) / (steps * decay)
    return peak * min(1.0, (step + 1) / warmup) * max(0.02, min(1.0, left))


def optimiser_state(optimiser: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    state = optimiser.state_dict()["state"]
    return {f"optimiser.{i}.{name}": value for i, values in state.items() for name, value in values.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, state: dict[str, torch.Tensor]) -> None:
    whole = optimiser.state_dict()
    found: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in state.items():
        if name.startswith("optimiser."):
            _, i, key = name.split(".")
            found.setdefault(int(i), {})[key] = value
    optimiser.load_state_dict({"state": found, "param_groups": whole["param_groups"]})
    for weight, values in optimiser.state.items():
        for name, value in values.items():
            if value.shape == weight.shape:  # laid out in memory as the weight is, else sums are rounded otherwise
                values[name] = torch.empty_like(weight).copy_(value)


def save(trainer: Trainer, folder: Path, figures: dict[str, float]) -> None:
    """Write a checkpoint beside the earlier one, then drop the earlier one."""
    earlier = sorted(folder.glob("step-*"))
    fresh = folder / f"step-{trainer.step:08d}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    state = {name: value.detach().cpu().contiguous() for name, value in trainer.state().items()}
    save_torch_state_dict(state, fresh, max_shard_size=SHARD, shared_tensors_to_discard=[])
    (fresh / "done.json.part").write_text(json.dumps({"step": trainer.step, **figures}))
    (fresh / "done.json.part").rename(fresh / "done.json")
    for folder_before in earlier:
        if folder_before != fresh:
            shutil.rmtree(folder_before)


def latest(folder: Path) -> tuple[dict[str, torch.Tensor], dict[str, float]] | None:
    """The state and figures of the last whole checkpoint in ``folder``; None where there is none."""
    whole = sorted(path.parent for path in folder.glob("step-*/done.json"))
    if not whole:
        return None
    state = {
        name: value for shard in sorted(whole[-1].glob("*.safetensors")) for name, value in load_file(shard).items()
    }
    return state, json.loads((whole[-1] / "done.json").read_text())


@contextlib.contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether the process was told to end (SIGINT, SIGTERM) since: the step under way is finished and kept."""
    told: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(kind, lambda number, _: told.append(number)) for kind in kinds]
    try:
        yield lambda: bool(told)
    finally:
        for kind, handler in zip(kinds, before, strict=True):
            signal.signal(kind, handler)


def train(
    trainer: Trainer, folder: Path, steps: int, minutes: float, look: Callable[[], None] | None = None,
    every: float = SAVE_EVERY,
) -> dict[str, float]:  # fmt: skip
    """One slice: at most ``minutes``, until ``steps`` are taken; returns step, seconds and smoothed loss.

    ``folder`` gets a checkpoint ``every`` so many seconds and at the end, and ``curve.jsonl`` (a line each
    ``LOG_EVERY`` steps). ``look`` is called with every checkpoint, to draw a sheet of samples.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, float] = {"seconds": 0.0, "loss": 0.0}
    found = latest(folder)
    if found is not None:
        trainer.restore(found[0])
        trainer.step = int(found[1]["step"])
        figures = {"seconds": found[1]["seconds"], "loss": found[1]["loss"]}
        _forget_after(folder / "curve.jsonl", trainer.step)
    began, saved, before = time.monotonic(), time.monotonic(), figures["seconds"]
    recent: list[float] = []
    with asked_to_stop() as stopped:
        while trainer.step < steps and time.monotonic() - began < 60 * minutes and not stopped():
            recent.append(trainer.advance(steps))
            figures["seconds"] = before + time.monotonic() - began
            if trainer.step % LOG_EVERY == 0 or trainer.step == steps:
                figures["loss"] = sum(recent) / len(recent)
                recent.clear()
                _log(folder, trainer.step, steps, figures)
            if time.monotonic() - saved > every:
                save(trainer, folder, figures)
                saved = time.monotonic()
                if look is not None:
                    look()
        save(trainer, folder, figures)
    if look is not None:
        look()
    return {"step": trainer.step, **figures}


def _log(folder: Path, step: int, steps: int, figures: dict[str, float]) -> None:
    line = {"step": step, "loss": round(figures["loss"], 5), "seconds": round(figures["seconds"])}
    with (folder / "curve.jsonl").open("a") as curve:
        curve.write(json.dumps(line) + "\n")
    print(f"step {step} of {steps}: loss {figures['loss']:.4f}, {figures['seconds']:.0f} s", flush=True)


def _forget_after(curve: Path, step: int) -> None:
    """Drop the lines of steps that are taken again, because the process was killed after its last checkpoint."""
    if curve.exists():
        lines = curve.read_text().splitlines(keepends=True)
        curve.write_text("".join(line for line in lines if json.loads(line)["step"] <= step))
