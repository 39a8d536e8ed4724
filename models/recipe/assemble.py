"""Build the shipped pipeline folder from what training left behind, with its card and notices."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers import AutoencoderTiny, DPMSolverMultistepScheduler, UNet2DConditionModel

from models.recipe.train_unet import new_scheduler, new_unet

HERE = Path(__file__).resolve().parent
SETTINGS = {"steps": 10, "guidance": 3.5, "width": 64, "height": 64}
INDEX: dict[str, Any] = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": diffusers.__version__,
    "feature_extractor": [None, None],
    "image_encoder": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "text_encoder": ["transformers", "BertModel"],
    "tokenizer": ["transformers", "BertTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderTiny"],
}


def few_steps() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ 2M (arXiv 2211.01095) on the schedule that training used."""
    return DPMSolverMultistepScheduler.from_config(
        new_scheduler().config, algorithm_type="dpmsolver++", solver_order=2, timestep_spacing="trailing",
    )  # fmt: skip


def load_unet(work: Path, checkpoint: bool) -> tuple[UNet2DConditionModel, dict[str, Any]]:
    """The averaged denoiser and its figures: the finished one, or the one in the last checkpoint."""
    if not checkpoint:
        return UNet2DConditionModel.from_pretrained(work / "unet"), json.loads((work / "unet.json").read_text())
    state = torch.load(work / "unet.ckpt", weights_only=True, map_location="cpu")
    unet = new_unet()
    unet.load_state_dict(state["ema"])
    figures = {"unet_steps": state["step"], "unet_minutes": round(state["seconds"] / 60, 1)}
    return unet, {**figures, "unet_loss": round(state["loss"], 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "emoji64")
    parser.add_argument("--checkpoint", action="store_true", help="take the average from the last checkpoint")
    args = parser.parse_args()
    unet, figures = load_unet(args.work, args.checkpoint)
    figures |= json.loads((args.work / "vae.json").read_text())
    fresh = args.out.with_name(args.out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    unet.half().save_pretrained(fresh / "unet", safe_serialization=True)
    AutoencoderTiny.from_pretrained(args.work / "vae").half().save_pretrained(fresh / "vae", safe_serialization=True)
    few_steps().save_pretrained(fresh / "scheduler")
    (fresh / "model_index.json").write_text(json.dumps(INDEX, indent=2) + "\n")
    (fresh / "qdhf.json").write_text(json.dumps(SETTINGS) + "\n")
    pairs = [json.loads(line) for line in (args.work / "pictures.jsonl").read_text().splitlines()]
    values = {"pictures": len(pairs), "concepts": len({p["label"] for p in pairs}), **SETTINGS, **figures}
    (fresh / "README.md").write_text((HERE / "card_emoji64.md").read_text().format_map(values))
    shutil.copy(HERE / "NOTICE", fresh / "NOTICE")
    (fresh / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    shutil.rmtree(args.out, ignore_errors=True)
    fresh.rename(args.out)
    size = sum(path.stat().st_size for path in args.out.rglob("*.safetensors"))
    print(f"{args.out}: {size / 1e6:.1f} MB of weights, {figures}")


if __name__ == "__main__":
    main()
