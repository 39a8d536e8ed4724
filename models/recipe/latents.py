"""Cache what the UNet trains on: latents of changed pictures (fp16) and the embeddings of their captions."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny
from safetensors.torch import save_file

from models.recipe.captions import drawn
from models.recipe.text import embed, load_text_encoder


@torch.inference_mode()
def encode(vae: AutoencoderTiny, pictures: np.ndarray) -> torch.Tensor:
    """(n, 64, 64, 3) uint8 to scaled latents, (n, 4, 16, 16) float16."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return (vae.encoder(x.contiguous(memory_format=torch.channels_last)) * vae.config.scaling_factor).half()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--variants", type=int, default=8, help="changed copies of each picture")
    parser.add_argument("--plain", type=int, default=4, help="how many of the copies are plain but for flips")
    parser.add_argument(
        "--fewer", action="append", default=[], metavar="GROUP",
        help="a group that is mastered already: half as many copies of its pictures, so that the others get more of the training",
    )  # fmt: skip
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    rgba = np.load(args.work / "pictures.npz")["rgba"]
    records = [json.loads(line) for line in (args.work / "pictures.jsonl").read_text().splitlines()]
    vae = AutoencoderTiny.from_pretrained(args.work / "vae").eval().to(memory_format=torch.channels_last)
    start, latents, captions = time.monotonic(), [], []
    for k in range(args.variants):
        made = [
            drawn(a, r["label"], r["style"], rng, plain=k < args.plain)
            for a, r in zip(rgba, records, strict=True)
            if k % 2 == 0 or r["group"] not in args.fewer
        ]
        pictures = np.stack([picture for picture, _ in made])
        latents += [encode(vae, pictures[i : i + 64]) for i in range(0, len(pictures), 64)]
        captions += [text for _, text in made]
    unique = sorted(set(captions) | {""})
    row = {text: i for i, text in enumerate(unique)}
    tokenizer, encoder = load_text_encoder()
    tensors = {
        "latents": torch.cat(latents).contiguous(),
        "caption": torch.tensor([row[c] for c in captions], dtype=torch.int32),
        "embeddings": embed(tokenizer, encoder, unique),
        "empty": torch.tensor([row[""]], dtype=torch.int32),
    }
    save_file(tensors, args.work / "latents.safetensors")
    print(f"{len(captions)} latents, {len(unique)} captions, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
