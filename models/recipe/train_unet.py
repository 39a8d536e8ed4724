"""Train the denoiser on cached latents, in slices (``slices.py``).

v-prediction on a cosine schedule, EMA, 10 % empty captions for classifier-free guidance. The weight of a step of
noise is that of min-SNR (arXiv 2303.09556, Eq. 5) where there is little noise and 1 where there is much: what a
small model draws wrong is the shape, which much noise decides. Captions reach every layer twice: pooled, as a scale
and shift of its features, and token by token through cross-attention where pictures are smallest.
One script for CPU and CUDA, bf16 autocast where the hardware has it.
"""

from __future__ import annotations

import argparse
import copy
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from diffusers import AutoencoderTiny, UNet2DConditionModel
from safetensors.torch import load_file

from models.recipe.sampling import new_scheduler, pictures, pipeline, sheet
from models.recipe.slices import SAVE_EVERY, generator, learning_rate, optimiser_state, restore_optimiser, train

PEAK = 8e-4
CHANNELS = (64, 128, 256)
SHAPED = 0.7  # share of a batch whose noise is drawn from where shapes are decided
DECAY = 0.3  # share of the steps over which the learning rate falls
LOOK = (
    "cat face", "red apple", "grinning face", "pizza", "lion", "tropical fish", "banana", "rose", "octopus", "evergreen tree",
    "butterfly, 3d style", "blue dog face, on a yellow background",
)  # fmt: skip


def new_unet(channels: tuple[int, int, int] = CHANNELS) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=channels,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        cross_attention_dim=384, attention_head_dim=8, norm_num_groups=16, resnet_time_scale_shift="scale_shift",
        addition_embed_type="text", addition_embed_type_num_heads=8,
    )  # fmt: skip


def times(n: int, rng: torch.Generator) -> torch.Tensor:
    """(n,) steps of noise, 0–999: seven in ten where shapes are decided (logit-normal, arXiv 2403.03206, Section 3.1)."""
    shaped = torch.sigmoid(0.3 + torch.randn(n, generator=rng))
    even = torch.rand(n, generator=rng)
    chosen = torch.where(torch.rand(n, generator=rng) < SHAPED, shaped, even)
    return (chosen * 1000).long().clamp(max=999)


class UnetTrainer:
    """Weights, their moving average and the optimiser; each step's pictures and noise are drawn from its number."""

    def __init__(
        self, data: dict[str, torch.Tensor], device: torch.device, batch: int = 32, seed: int = 0,
        channels: tuple[int, int, int] = CHANNELS, parts: int = 1,
    ) -> None:  # fmt: skip
        torch.manual_seed(seed)
        self.data, self.device, self.batch = {k: v.to(device) for k, v in data.items()}, device, batch
        self.seed, self.step = seed, 0
        self.unet = new_unet(channels).to(device, memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.unet).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            self.unet.parameters(), PEAK, betas=(0.9, 0.99), weight_decay=1e-3, fused=True
        )
        # Convolutions this small gain little from a second thread: a CPU does better with a part of the batch in each.
        self.replicas = [self.unet, *(copy.deepcopy(self.unet) for _ in range(parts - 1))]
        for replica in self.replicas[1:]:
            for own, shared in zip(replica.parameters(), self.unet.parameters(), strict=True):
                own.data = shared.data
        self.workers = ThreadPoolExecutor(parts)
        scheduler = new_scheduler()
        self.scheduler, self.alphas = scheduler, scheduler.alphas_cumprod.to(device)
        # Without AVX-512 a CPU emulates bf16 and is ten times slower than in float32.
        self.bf16 = device.type == "cuda" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")

    def begin_from(self, folder: Path) -> None:
        """Take over the weights that are saved in ``folder``; a checkpoint that is restored later wins."""
        weights = UNet2DConditionModel.from_pretrained(folder).state_dict()
        self.unet.load_state_dict(weights)
        self.ema.load_state_dict(weights)

    def state(self) -> dict[str, torch.Tensor]:
        found = {f"unet.{k}": v for k, v in self.unet.state_dict().items()}
        return found | {f"ema.{k}": v for k, v in self.ema.state_dict().items()} | optimiser_state(self.optimiser)

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        self.unet.load_state_dict({k[5:]: v for k, v in state.items() if k.startswith("unet.")})
        self.ema.load_state_dict({k[4:]: v for k, v in state.items() if k.startswith("ema.")})
        restore_optimiser(self.optimiser, state)

    def advance(self, steps: int) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, steps, PEAK, decay=DECAY)
        loss = self._backward(self._drawn(generator(self.seed, self.step)))
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(0.9995, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.ema.parameters()), list(self.unet.parameters()), 1 - keep)
        return loss

    def _drawn(self, rng: torch.Generator) -> list[torch.Tensor]:
        """A batch: noisy latents, steps of noise, embedded captions, what to predict, weights."""
        n = len(self.data["latents"])
        chosen = torch.randint(0, n, (self.batch,), generator=rng).to(self.device)
        empty = (torch.rand(self.batch, generator=rng) < 0.1).to(self.device)
        t = times(self.batch, rng).to(self.device)
        z = self.data["latents"][chosen].float()  # (B, 4, 16, 16)
        noise = torch.randn(z.shape, generator=rng).to(self.device)
        row = torch.where(empty, self.data["empty"], self.data["caption"][chosen])
        context = self.data["embeddings"][row.long()].float()  # (B, 20, 384)
        noisy, target = self.scheduler.add_noise(z, noise, t), self.scheduler.get_velocity(z, noise, t)
        weight = torch.clamp(5 * (1 - self.alphas[t]), max=1.0)  # 1 - alpha = 1 / (SNR + 1)
        return [noisy.contiguous(memory_format=torch.channels_last), t, context, target, weight]

    def _backward(self, batch: list[torch.Tensor]) -> float:
        """Leave the gradient of the batch's mean loss with ``unet``; its parts are worked out side by side."""
        parts = list(zip(*(tensor.chunk(len(self.replicas)) for tensor in batch), strict=True))
        losses = list(self.workers.map(self._backward_part, self.replicas, parts))
        for replica in self.replicas[1:]:
            for own, shared in zip(replica.parameters(), self.unet.parameters(), strict=True):
                shared.grad.add_(own.grad)
        return sum(losses)

    def _backward_part(self, unet: UNet2DConditionModel, part: tuple[torch.Tensor, ...]) -> float:
        noisy, t, context, target, weight = part
        unet.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            predicted = unet(noisy, t, context).sample
        error = (predicted.float() - target).pow(2).mean((1, 2, 3))
        loss = (weight * error).sum() / self.batch
        loss.backward()
        return float(loss.detach())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=9000, help="length of the whole training")
    parser.add_argument("--minutes", type=float, default=1e9, help="length of this slice")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--channels", type=int, nargs=3, default=CHANNELS, help="width of each level; more on a GPU")
    parser.add_argument(
        "--start", type=Path, help="folder of a trained UNet to begin from, where there is no checkpoint"
    )
    parser.add_argument("--no-sheets", action="store_true", help="draw no samples with each checkpoint")
    parser.add_argument("--save-every", type=float, default=SAVE_EVERY, help="seconds between checkpoints")
    parser.add_argument("--threads", type=int, default=2, help="parts of a batch side by side; 1 on a GPU")
    args = parser.parse_args()
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    data = load_file(args.work / "latents.safetensors")
    trainer = UnetTrainer(data, device, args.batch, channels=tuple(args.channels), parts=args.threads)
    if args.start:
        trainer.begin_from(args.start)
    vae = AutoencoderTiny.from_pretrained(args.work / "vae").to(device)

    def look() -> None:
        drawn = pictures(pipeline(trainer.ema, vae), list(LOOK), 4, steps=8, guidance=4.0)
        sheet(drawn, list(LOOK), args.work / "train_unet" / f"samples-{trainer.step:06d}.png")

    found = train(
        trainer, args.work / "train_unet", args.steps, args.minutes, None if args.no_sheets else look, args.save_every
    )
    figures = {"unet_steps": trainer.step, "unet_batch": args.batch, "unet_minutes": round(found["seconds"] / 60, 1),
               "unet_loss": round(found["loss"], 4), "device": device.type,
               "unet_weights": sum(p.numel() for p in trainer.ema.parameters())}  # fmt: skip
    trainer.ema.half().save_pretrained(args.work / "unet")
    (args.work / "unet.json").write_text(json.dumps(figures))
    print(figures)


if __name__ == "__main__":
    main()
