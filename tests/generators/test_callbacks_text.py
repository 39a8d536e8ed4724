"""When text to avoid takes effect, and that it is then a negative prompt like any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from qdhf.generators.callbacks_text import LateNegative, first_step
from qdhf.generators.pipelines import Opened, open_pipeline
from qdhf.types import Avoid
from qdhf.weights import quiet
from tests import tiny_pipelines

torch.set_num_threads(1)


@pytest.fixture(scope="module", params=["stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder: Path = getattr(tiny_pipelines, request.param)(tmp_path_factory.mktemp("models") / request.param)
    return open_pipeline(str(folder), "cpu", torch.float32)


def latents(opened: Opened, negative: str, late: LateNegative | None = None) -> list[torch.Tensor]:
    """Of two pictures after each of four steps."""
    seen: list[torch.Tensor] = []

    def note(_: Any, step: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
        seen.append(values["latents"].clone())
        return late(step, values) if late else values

    with quiet("diffusers"), torch.inference_mode():
        opened.pipeline(
            ["cat", "dog"], negative_prompt=[negative] * 2, num_inference_steps=4, width=16, height=16,
            guidance_scale=5.0, generator=[torch.Generator().manual_seed(s) for s in (1, 2)], output_type="latent",
            callback_on_step_end=note,
            callback_on_step_end_tensor_inputs=["latents", *(late.names if late else ())],
        )  # fmt: skip
    return seen


def test_early_steps_are_left_alone_and_only_the_picture_that_asked_changes(opened: Opened) -> None:
    plain = latents(opened, "blur")
    late = latents(opened, "blur", LateNegative(opened, ["hat", "hat"], [None, Avoid(text="hat", start=0.5)], 4))
    assert [torch.equal(a[0], b[0]) for a, b in zip(plain, late, strict=True)] == [True] * 4
    assert [torch.equal(a[1], b[1]) for a, b in zip(plain, late, strict=True)] == [True, True, False, False]


def test_the_text_swapped_in_is_what_the_pipeline_makes_of_a_negative_prompt(opened: Opened) -> None:
    """Swapping in the text that is there already changes no bit: both are embedded alike."""
    plain = latents(opened, "hat")
    late = latents(opened, "hat", LateNegative(opened, ["hat", "hat"], [Avoid(text="hat", start=0.25)] * 2, 4))
    assert all(torch.equal(a, b) for a, b in zip(plain, late, strict=True))


@pytest.mark.parametrize(
    ("start", "steps", "first"), [(0.5, 10, 5), (0.5, 4, 2), (0.01, 4, 1), (0.99, 4, 4), (0.5, 1, 1)]
)
def test_it_starts_once_its_share_of_the_steps_is_done(start: float, steps: int, first: int) -> None:
    assert first_step(Avoid(text="hat", start=start), steps) == first
