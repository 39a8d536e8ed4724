"""The clean picture that a diffusion model predicts at each step, x̂0: reading it, changing it, seeing it as pixels.

A model predicts noise ε, or v, or a flow's velocity, from x = α·x0 + σ·ε. Whatever it is, x̂0 = a·x + b·output with two
numbers that the scheduler knows, so a wish about x̂0 becomes a change of the output, and any sampler goes on from there
(Cohen et al. 2024, "From Posterior Sampling to Meaningful Diversity in Image Restoration", do so for DDIM).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qdhf.errors import InvalidInput
from qdhf.generators.pipelines import Opened

Tensor = Any  # torch is imported where it is used

BY_TABLE = ("DDIM", "DDIMParallel", "DDPM", "DDPMParallel", "PNDM", "LCM", "TCD")  # α² by timestep
SOLVERS = ("DPMSolverMultistep", "DPMSolverSinglestep", "UniPCMultistep", "DEISMultistep")  # σ/α by step
NOISE_ADDED = ("EulerDiscrete", "EulerAncestralDiscrete", "HeunDiscrete", "LMSDiscrete")  # x = x0 + σ·ε
FLOWS = ("FlowMatchEulerDiscrete",)  # x = (1 − σ)·x0 + σ·ε, v = ε − x0
MOST_LIFT = 20.0
PREDICTIONS = ("epsilon", "v_prediction", "sample")


@dataclass(frozen=True)
class Moment:
    """Which of ``total`` steps it is, from 0."""

    step: int
    total: int

    def since(self, start: float) -> bool:
        """Whether the share ``start`` of the steps is done, and this is not the last, after which nothing is mended."""
        return start * self.total <= self.step < self.total - 1


def check_clean(opened: Opened) -> None:
    """Raises InvalidInput where x̂0 cannot be read from the pipeline, or not be seen as pixels."""
    scheduler, vae = opened.pipeline.scheduler, getattr(opened.pipeline, "vae", None)
    if _family(scheduler) is None:
        known = ", ".join(sorted((*BY_TABLE, *SOLVERS, *NOISE_ADDED, *FLOWS)))
        raise InvalidInput(
            f"{opened.key} steps with {type(scheduler).__name__}, whose clean pictures cannot be read on the way, so it "
            f"cannot be steered. Give the model one of these schedulers: {known}."
        )
    if vae is None or getattr(vae.config, "scaling_factor", None) is None:
        raise InvalidInput(f"{opened.key} has no VAE that turns its latents into pixels, so it cannot be steered.")


def _family(scheduler: Any) -> tuple[str, ...] | None:
    name = type(scheduler).__name__.removesuffix("Scheduler")
    family = next((f for f in (BY_TABLE, SOLVERS, NOISE_ADDED, FLOWS) if name in f), None)
    flow = family is FLOWS or bool(getattr(scheduler.config, "use_flow_sigmas", False))
    return family if flow or getattr(scheduler.config, "prediction_type", "") in PREDICTIONS else None


@dataclass(frozen=True)
class Terms:
    """x̂0 = ``a``·x + ``b``·output. ``lift``: how many times further x̂0 must be moved for the next x to lie where it would
    with x̂0 moved and the noise kept: with x kept, ε moves against x̂0 and takes most of the way back. 1 on the last step."""

    a: float
    b: float
    lift: float


def clean_terms(scheduler: Any, timestep: Any, following: Any = None) -> Terms:
    """The terms at ``timestep``, the one that the scheduler steps from next, to ``following`` (None: to the end).

    ε: x̂0 = (x − σ·ε) / α. v: x̂0 = α·x − σ·v (Salimans and Ho 2022, arXiv 2202.00512, appendix D), with x scaled down by
    1/√(1 + σ²) first where noise is added to x0 at full size. Flow: x̂0 = x − σ·v. With s = σ/α before and s' after the
    step, x' = α'·(x̂0 + s'·ε) and ε = (x/α − x̂0)/s, so a move of x̂0 counts (1 − s'/s) times.
    """
    family = _family(scheduler)
    if family is BY_TABLE:
        squared = float(scheduler.alphas_cumprod[int(timestep)])
        after = 1.0 if following is None else float(scheduler.alphas_cumprod[int(following)])
        lift = _lift(((1 - after) / after) ** 0.5, ((1 - squared) / squared) ** 0.5)
        return Terms(*_ab(scheduler.config.prediction_type, squared**0.5, (1 - squared) ** 0.5), lift)
    if scheduler.step_index is None:
        scheduler._init_step_index(timestep)  # as its step does first
    sigma, after = (float(s) for s in scheduler.sigmas[scheduler.step_index :][:2])
    if family is FLOWS or getattr(scheduler.config, "use_flow_sigmas", False):
        return Terms(1.0, -sigma, _lift(after * (1 - sigma), sigma * (1 - after)))
    alpha = (1 + sigma**2) ** -0.5
    a, b = _ab(scheduler.config.prediction_type, alpha, sigma * alpha)
    return Terms(a if family is SOLVERS else a * alpha, b, _lift(after, sigma))


def _ab(prediction: str, alpha: float, sigma: float) -> tuple[float, float]:
    if prediction == "epsilon":
        return 1 / alpha, -sigma / alpha
    return (alpha, -sigma) if prediction == "v_prediction" else (0.0, 1.0)


def _lift(after: float, before: float) -> float:
    """1 / (1 − after/before), at most ``MOST_LIFT``: schedulers of a higher order stay at one level for two calls."""
    return min(MOST_LIFT, before / max(before - after, before / MOST_LIFT)) if before > 0 else 1.0


@contextmanager
def clean_steps(pipeline: Any, edit: Callable[[Tensor, Moment], Tensor | None]) -> Iterator[None]:
    """While this lasts, ``edit`` gets x̂0 of each step (float32, as the pipeline lays latents out) and returns how it is to
    be moved, noise kept, or None: then the step is the pipeline's own, bit for bit, as it is for rows moved by 0."""
    scheduler, count = pipeline.scheduler, 0
    own = scheduler.step

    @functools.wraps(own)
    def step(model_output: Tensor, timestep: Any, sample: Tensor, *rest: Any, **options: Any) -> Any:
        nonlocal count
        moment, count = Moment(count, len(scheduler.timesteps)), count + 1
        later = scheduler.timesteps[count : count + 1]
        terms = clean_terms(scheduler, timestep, later[0] if len(later) else None)
        moved = edit(terms.a * sample.float() + terms.b * model_output.float(), moment)
        if moved is not None:
            model_output = model_output + (moved * (terms.lift / terms.b)).to(model_output.dtype)
        return own(model_output, timestep, sample, *rest, **options)

    scheduler.step = step
    try:
        yield
    finally:
        del scheduler.step  # the class's own shows again


def decoder(opened: Opened, width: int, height: int) -> Callable[[Tensor], Tensor]:
    """Latents as the pipeline lays them out to pixels (n, 3, ``height``, ``width``) in [0, 1], with a gradient."""
    pipeline, vae = opened.pipeline, opened.pipeline.vae.requires_grad_(False)
    mean, std = (getattr(vae.config, name, None) for name in ("latents_mean", "latents_std"))

    def decode(z: Tensor) -> Tensor:
        if opened.layout.packed:
            z = pipeline._unpack_latents(z, height, width, pipeline.vae_scale_factor)
        if mean is not None and std is not None:
            z = z * z.new_tensor(std)[:, None, None] / vae.config.scaling_factor + z.new_tensor(mean)[:, None, None]
        else:
            z = z / vae.config.scaling_factor + (getattr(vae.config, "shift_factor", None) or 0)
        return (vae.decode(z.to(vae.dtype), return_dict=False)[0].float() / 2 + 0.5).clamp(0, 1)

    return decode
