"""Train the autoencoder: 64 x 64 pictures to 16 x 16 x 4 latents (``AutoencoderTiny``, f = 4).

In slices, as ``slices.py`` says; the finished one is saved to ``vae`` with its figures in ``vae.json``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny

from models.recipe.captions import Change, composite
from models.recipe.slices import SAVE_EVERY, learning_rate, optimiser_state, restore_optimiser, train

PEAK, BATCH = 3e-3, 24
CHANNELS = 32


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


def new_vae(channels: int = CHANNELS) -> AutoencoderTiny:
    return AutoencoderTiny(
        latent_channels=4, encoder_block_out_channels=(channels,) * 3, decoder_block_out_channels=(channels,) * 3,
        num_encoder_blocks=(0, 2, 2), num_decoder_blocks=(2, 2, 0),
    ).to(memory_format=torch.channels_last)  # fmt: skip


def edges(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def loss_of(vae: AutoencoderTiny, x: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """L1 + L2 + edges, with a little latent noise so that the decoder forgives the UNet's errors."""
    z = vae.encoder(x)
    y = vae.decoder(z + 0.03 * noise)
    sharp = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x), strict=True))
    return (y - x).abs().mean() + (y - x).pow(2).mean() + 0.5 * sharp + 1e-3 * z.pow(2).mean()


@torch.inference_mode()
def psnr(vae: AutoencoderTiny, x: torch.Tensor) -> float:
    """Mean over pictures, dB, of (n, 3, 64, 64) in [-1, 1]."""
    error = ((vae.decoder(vae.encoder(x)).clamp(-1, 1) - x) / 2).pow(2).mean((1, 2, 3))
    return float((-10 * error.log10()).mean())


class VaeTrainer:
    """Weights and optimiser; each step's pictures and noise are drawn from its number."""

    def __init__(self, rgba: np.ndarray, batch: int = BATCH, seed: int = 0, channels: int = CHANNELS) -> None:
        torch.manual_seed(seed)
        self.rgba, self.batch, self.seed, self.step = rgba, batch, seed, 0
        self.vae = new_vae(channels)
        self.optimiser = torch.optim.AdamW(self.vae.parameters(), PEAK, weight_decay=0)

    def advance(self, steps: int) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, steps, PEAK, warmup=100, decay=1.0)
        rng = np.random.default_rng((self.seed, self.step))
        x = picture_batch(self.rgba, self.batch, rng)
        noise = torch.from_numpy(rng.standard_normal((self.batch, 4, 16, 16), np.float32))
        loss = loss_of(self.vae, x, noise)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.vae.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        return float(loss.detach())

    def state(self) -> dict[str, torch.Tensor]:
        return {f"vae.{k}": v for k, v in self.vae.state_dict().items()} | optimiser_state(self.optimiser)

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        self.vae.load_state_dict({k[4:]: v for k, v in state.items() if k.startswith("vae.")})
        restore_optimiser(self.optimiser, state)

    @torch.inference_mode()
    def finish(self, folder: Path) -> float:
        """Save the autoencoder with latents scaled to unit spread; returns its PSNR in dB."""
        rng = np.random.default_rng(self.seed)
        spread = float(torch.cat([self.vae.encoder(picture_batch(self.rgba, 64, rng)) for _ in range(16)]).std())
        self.vae.register_to_config(scaling_factor=1 / spread)
        self.vae.save_pretrained(folder)
        return psnr(self.vae, picture_batch(self.rgba, 256, np.random.default_rng(self.seed + 1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2500, help="length of the whole training")
    parser.add_argument("--minutes", type=float, default=1e9, help="length of this slice")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--save-every", type=float, default=SAVE_EVERY, help="seconds between checkpoints")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    trainer = VaeTrainer(np.load(args.work / "pictures.npz")["rgba"], args.batch)
    found = train(trainer, args.work / "train_vae", args.steps, args.minutes, every=args.save_every)
    if trainer.step >= args.steps:
        figures = {"vae_steps": trainer.step, "vae_minutes": round(found["seconds"] / 60, 1)}
        figures["vae_psnr_db"] = round(trainer.finish(args.work / "vae"), 2)
        (args.work / "vae.json").write_text(json.dumps(figures))
        print(figures)


if __name__ == "__main__":
    main()
