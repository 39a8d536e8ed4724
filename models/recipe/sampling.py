"""Draw with what training has made so far: the pipeline in memory, and sheets of pictures to look at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderTiny,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    StableDiffusionPipeline,
    UNet2DConditionModel,
)
from PIL import Image, ImageDraw, ImageFont

from models.recipe.text import load_text_encoder

SCHEDULE = {
    "beta_schedule": "squaredcos_cap_v2", "clip_sample": False, "prediction_type": "v_prediction", "steps_offset": 1,
    "timestep_spacing": "trailing",
}  # fmt: skip


def new_scheduler() -> DDIMScheduler:
    """The schedule of noise that the denoiser is trained on."""
    return DDIMScheduler(**SCHEDULE)


def few_steps() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ 2M (arXiv 2211.01095) on the schedule that training used."""
    return DPMSolverMultistepScheduler.from_config(
        new_scheduler().config, algorithm_type="dpmsolver++", solver_order=2, timestep_spacing="trailing",
    )  # fmt: skip


def pipeline(unet: UNet2DConditionModel, vae: AutoencoderTiny) -> StableDiffusionPipeline:
    tokenizer, encoder = load_text_encoder()
    made = StableDiffusionPipeline(
        vae=vae, text_encoder=encoder, tokenizer=tokenizer, unet=unet, scheduler=few_steps(), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    made.set_progress_bar_config(disable=True)
    return made


def pictures(
    made: StableDiffusionPipeline, prompts: list[str], seeds: int, steps: int, guidance: float, batch: int = 32
) -> np.ndarray:
    """``seeds`` pictures of each prompt in turn, (n, height, width, 3) uint8."""
    asked = [(prompt, seed) for prompt in prompts for seed in range(seeds)]
    found = []
    for i in range(0, len(asked), batch):
        part = asked[i : i + batch]
        noise = [torch.Generator().manual_seed(seed) for _, seed in part]
        drawn = made(
            [prompt for prompt, _ in part], num_inference_steps=steps, guidance_scale=guidance, generator=noise,
            output_type="np",
        )  # fmt: skip
        found.append((drawn.images * 255).round().astype(np.uint8))
    return np.concatenate(found)


def sheet(drawn: np.ndarray, prompts: list[str], path: Path, across: int = 4, large: int = 1) -> None:
    """One picture file of ``drawn`` (equally many of each prompt, in turn), the prompt under each group."""
    each, side = len(drawn) // len(prompts), drawn.shape[1] * large
    font, line, gap = ImageFont.load_default(11), 16, 8
    width, height = each * side + gap, side + line + gap
    rows = -(-len(prompts) // across)
    page = Image.new("RGB", (across * width + gap, rows * height + gap), "white")
    pen = ImageDraw.Draw(page)
    for k, prompt in enumerate(prompts):
        left, top = gap + k % across * width, gap + k // across * height
        for j in range(each):
            picture = Image.fromarray(drawn[k * each + j]).resize((side, side), Image.Resampling.BICUBIC)
            page.paste(picture, (left + j * side, top))
        pen.text((left, top + side), prompt, "black", font)
    page.save(path, optimize=True, quality=88)
