"""Train the autoencoder: 64 x 64 pictures to 16 x 16 x 4 latents (``AutoencoderTiny``, f = 4)."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny

from models.recipe.captions import Change, composite


def picture_batch(rgba: np.ndarray, size: int, rng: np.random.Generator) -> torch.Tensor:
    """Random pictures on random backgrounds, (size, 3, 64, 64) in [-1, 1]."""
    chosen = rng.integers(0, len(rgba), size)
    drawn = np.stack([composite(rgba[i], Change.draw(rng)) for i in chosen])
    return (
        torch.from_numpy(drawn)
        .permute(0, 3, 1, 2)
        .float()
        .div(127.5)
        .sub(1)
        .contiguous(memory_format=torch.channels_last)
    )


def new_vae() -> AutoencoderTiny:
    channels = (32, 32, 32)
    return AutoencoderTiny(
        latent_channels=4, encoder_block_out_channels=channels, decoder_block_out_channels=channels,
        num_encoder_blocks=(0, 2, 2), num_decoder_blocks=(2, 2, 0),
    ).to(memory_format=torch.channels_last)  # fmt: skip


def edges(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def loss_of(vae: AutoencoderTiny, x: torch.Tensor) -> torch.Tensor:
    """L1 + L2 + edges, with a little latent noise so that the decoder forgives the UNet's errors."""
    z = vae.encoder(x)
    y = vae.decoder(z + 0.03 * torch.randn_like(z))
    sharp = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x), strict=True))
    return (y - x).abs().mean() + (y - x).pow(2).mean() + 0.5 * sharp + 1e-3 * z.pow(2).mean()


@torch.inference_mode()
def psnr(vae: AutoencoderTiny, x: torch.Tensor) -> float:
    error = ((vae.decoder(vae.encoder(x)).clamp(-1, 1) - x) / 2).pow(2).mean((1, 2, 3))
    return float((-10 * error.log10()).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    rgba = np.load(args.work / "pictures.npz")["rgba"]
    vae, peak = new_vae(), 3e-3
    optimiser = torch.optim.AdamW(vae.parameters(), peak, weight_decay=0)
    start, step = time.monotonic(), 0
    while (done := (time.monotonic() - start) / (args.minutes * 60)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = peak * (1 - done) + 2e-5
        loss = loss_of(vae, picture_batch(rgba, 24, rng))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % 100 == 0:
            print(f"step {step} loss {loss.item():.4f} {time.monotonic() - start:.0f} s", flush=True)
    test = picture_batch(rgba, 256, np.random.default_rng(1))
    with torch.inference_mode():
        spread = float(torch.cat([vae.encoder(picture_batch(rgba, 64, rng)) for _ in range(16)]).std())
    vae.register_to_config(scaling_factor=1 / spread)
    figures = {"vae_steps": step, "vae_psnr_db": round(psnr(vae, test), 2), "vae_minutes": args.minutes}
    vae.save_pretrained(args.work / "vae")
    (args.work / "vae.json").write_text(json.dumps(figures))
    print(figures)


if __name__ == "__main__":
    main()
