"""Build the shipped pipeline folder from what training left behind, with its card and notices.

The card's figures are those of ``<work>/benchmark.json`` (``python -m benchmarks.models --json --packages DIR`` after a
first assembly), where it is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

import diffusers
from diffusers import AutoencoderTiny, UNet2DConditionModel

from models.recipe.sampling import few_steps

HERE = Path(__file__).resolve().parent
SETTINGS = {"steps": 8, "guidance": 5.0, "width": 64, "height": 64}
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


def measured(work: Path) -> str:
    """The benchmark's figures as a table; said to be missing where it was not run on this model."""
    path = work / "benchmark.json"
    if not path.exists():
        return "Not measured yet."
    rows = [f"| `{name}` | {value:g} |" for name, value in json.loads(path.read_text()).items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "emoji64")
    args = parser.parse_args()
    unet = UNet2DConditionModel.from_pretrained(args.work / "unet")
    figures = json.loads((args.work / "unet.json").read_text())
    figures |= json.loads((args.work / "vae.json").read_text())
    fresh = args.out.with_name(args.out.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    unet.half().save_pretrained(fresh / "unet", safe_serialization=True)
    AutoencoderTiny.from_pretrained(args.work / "vae").half().save_pretrained(fresh / "vae", safe_serialization=True)
    few_steps().save_pretrained(fresh / "scheduler")
    for part in ("unet", "vae"):  # diffusers writes where a part was loaded from
        path = fresh / part / "config.json"
        kept = {name: value for name, value in json.loads(path.read_text()).items() if name != "_name_or_path"}
        path.write_text(json.dumps(kept, indent=2) + "\n")
    (fresh / "model_index.json").write_text(json.dumps(INDEX, indent=2) + "\n")
    (fresh / "qdhf.json").write_text(json.dumps(SETTINGS) + "\n")
    pairs = [json.loads(line) for line in (args.work / "pictures.jsonl").read_text().splitlines()]
    values = {"pictures": len(pairs), "concepts": len({p["label"] for p in pairs}), **SETTINGS, **figures}
    values |= {"unet_millions": round(figures["unet_weights"] / 1e6, 1), "figures_table": measured(args.work)}
    (fresh / "README.md").write_text((HERE / "card_emoji64.md").read_text().format_map(values))
    shutil.copy(HERE / "NOTICE", fresh / "NOTICE")
    (fresh / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    shutil.rmtree(args.out, ignore_errors=True)
    fresh.rename(args.out)
    size = sum(path.stat().st_size for path in args.out.rglob("*.safetensors"))
    print(f"{args.out}: {size / 1e6:.1f} MB of weights, {figures}")


if __name__ == "__main__":
    main()
