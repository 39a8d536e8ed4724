"""x̂0 of every family of schedulers, and what a change of it does."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from qdhf.errors import InvalidInput
from qdhf.generators.callbacks_clean import Moment, check_clean, clean_steps, clean_terms, decoder
from qdhf.generators.pipelines import Opened, open_pipeline
from qdhf.weights import quiet
from tests import tiny_pipelines

torch.set_num_threads(1)
FAMILIES = ("stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3", "flux")
DIFFUSION = [
    ("DDIM", {}), ("DDPM", {}), ("PNDM", {}), ("LCM", {}), ("DPMSolverMultistep", {}), ("DPMSolverSinglestep", {}),
    ("UniPCMultistep", {}), ("DEISMultistep", {}), ("EulerDiscrete", {}), ("EulerAncestralDiscrete", {}),
    ("HeunDiscrete", {}), ("LMSDiscrete", {}), ("DPMSolverMultistep", {"timestep_spacing": "trailing"}),
]  # fmt: skip
ONES = ((1.0, 0.0), (0.0, 1.0))  # picture alone, noise alone


@pytest.fixture(scope="module", params=FAMILIES)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    folder: Path = getattr(tiny_pipelines, request.param)(tmp_path_factory.mktemp("models") / request.param)
    return open_pipeline(str(folder), "cpu", torch.float32)


def call(opened: Opened, **options: Any) -> Any:
    wanted = {"num_inference_steps": 4, "width": 16, "height": 16, "guidance_scale": 3.0, "output_type": "latent"}
    with quiet("diffusers"), torch.inference_mode():
        return opened.pipeline("cat", generator=torch.Generator().manual_seed(3), **(wanted | options)).images


@pytest.mark.parametrize(("name", "options"), DIFFUSION)
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_the_clean_picture_is_found_under_noise_of_known_size(
    name: str, options: dict[str, Any], prediction: str
) -> None:
    if prediction == "sample" and name == "PNDM":
        pytest.skip("this scheduler does not know it")
    generator = torch.Generator().manual_seed(0)
    x0, noise = torch.randn((2, 4, 8, 8), generator=generator), torch.randn((2, 4, 8, 8), generator=generator)
    for position in (0, 3, 7):
        with quiet("diffusers"):
            scheduler = getattr(diffusers, f"{name}Scheduler")(prediction_type=prediction, **options)
            scheduler.set_timesteps(10)
        t = scheduler.timesteps[position]
        alpha, sigma = (float(scheduler.add_noise(*map(torch.tensor, one), t.reshape(1))) for one in ONES)
        v = (alpha * noise - sigma * x0) / (alpha**2 + sigma**2) ** 0.5
        terms = clean_terms(scheduler, t)
        output = {"epsilon": noise, "v_prediction": v, "sample": x0}[prediction]
        torch.testing.assert_close(terms.a * (alpha * x0 + sigma * noise) + terms.b * output, x0, atol=1e-3, rtol=1e-3)


def test_the_clean_picture_of_a_flow_is_found() -> None:
    solver = {"use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": 3.0}
    with quiet("diffusers"):
        schedulers = [
            diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0), diffusers.DPMSolverMultistepScheduler(**solver)
        ]  # fmt: skip
        for scheduler in schedulers:
            scheduler.set_timesteps(10)
    generator = torch.Generator().manual_seed(0)
    x0, noise = torch.randn((2, 4), generator=generator), torch.randn((2, 4), generator=generator)
    for scheduler in schedulers:
        sigma = scheduler.sigmas[4]
        terms = clean_terms(scheduler, scheduler.timesteps[4])
        torch.testing.assert_close(terms.a * ((1 - sigma) * x0 + sigma * noise) + terms.b * (noise - x0), x0)


@pytest.mark.parametrize("name", ["DDIM", "EulerDiscrete", "FlowMatchEulerDiscrete"])
def test_a_move_counts_as_if_the_noise_were_kept(name: str) -> None:
    """For samplers of one step, exactly: the next x moves by α' times the move."""

    class Pipeline:
        def __init__(self) -> None:
            options = {"clip_sample": False} if name == "DDIM" else {}
            self.scheduler = getattr(diffusers, f"{name}Scheduler")(**options)
            self.scheduler.set_timesteps(10)

        def walk(self) -> torch.Tensor:
            scheduler = self.scheduler
            for t in scheduler.timesteps[:3]:
                x = scheduler.step(torch.full((1, 4), 0.5), t, torch.ones(1, 4), return_dict=False)[0]
            return x

    move = torch.tensor([[0.0, 1.0, -2.0, 3.0]])
    with quiet("diffusers"):
        plain, pipeline = Pipeline().walk(), Pipeline()
        with clean_steps(pipeline, lambda _, __: move):
            moved = pipeline.walk()
    scheduler = pipeline.scheduler
    if name == "DDIM":
        alpha = float(scheduler.alphas_cumprod[scheduler.timesteps[3]]) ** 0.5
    else:
        alpha = 1.0 if name == "EulerDiscrete" else 1 - float(scheduler.sigmas[3])
    torch.testing.assert_close(moved - plain, alpha * move, atol=1e-4, rtol=1e-3)


def test_a_clean_picture_held_in_the_last_step_is_where_the_sampler_ends(opened: Opened) -> None:
    goal = torch.linspace(-1, 1, call(opened).numel()).reshape(call(opened).shape)
    with clean_steps(opened.pipeline, lambda clean, moment: goal - clean if moment.step == moment.total - 1 else None):
        torch.testing.assert_close(call(opened), goal, atol=1e-4, rtol=1e-4)


def test_no_wish_and_a_wish_of_nothing_leave_every_bit(opened: Opened) -> None:
    plain, moments = call(opened), []

    def nothing(clean: torch.Tensor, moment: Moment) -> torch.Tensor | None:
        moments.append(moment)
        return torch.zeros_like(clean) if moment.step % 2 else None

    with clean_steps(opened.pipeline, nothing):
        assert torch.equal(call(opened), plain)
    assert moments == [Moment(step, 4) for step in range(4)]


def test_the_scheduler_is_its_own_again_afterwards_also_after_a_failure(opened: Opened) -> None:
    own = inspect.signature(opened.pipeline.scheduler.step)

    def stopped(*_: Any) -> None:
        assert inspect.signature(opened.pipeline.scheduler.step) == own, "pipelines look at its arguments"
        raise KeyboardInterrupt

    with clean_steps(opened.pipeline, stopped), pytest.raises(KeyboardInterrupt):
        call(opened)
    assert "step" not in vars(opened.pipeline.scheduler)


def test_latents_are_decoded_as_the_pipeline_does(opened: Opened) -> None:
    with torch.inference_mode():
        found = decoder(opened, 24, 16)(call(opened, width=24)).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(found, call(opened, width=24, output_type="np"), atol=1e-5)


def test_steering_acts_from_its_start_to_the_last_step_but_one() -> None:
    assert [step for step in range(10) if Moment(step, 10).since(0.5)] == [5, 6, 7, 8]
    assert [step for step in range(4) if Moment(step, 4).since(0.0)] == [0, 1, 2]
    assert not Moment(0, 1).since(0.0)


def test_a_scheduler_or_model_that_hides_its_clean_picture_is_refused_by_name(opened: Opened) -> None:
    check_clean(opened)
    own, vae = opened.pipeline.scheduler, opened.pipeline.vae
    try:
        with quiet("diffusers"):
            opened.pipeline.scheduler = diffusers.KDPM2DiscreteScheduler()
        with pytest.raises(InvalidInput, match=r"steps with KDPM2DiscreteScheduler.*one of these"):
            check_clean(opened)
        opened.pipeline.scheduler = own
        opened.pipeline.vae = None
        with pytest.raises(InvalidInput, match="has no VAE"):
            check_clean(opened)
    finally:
        opened.pipeline.scheduler, opened.pipeline.vae = own, vae
