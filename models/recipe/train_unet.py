"""Train the denoiser on cached latents, in slices: every slice resumes from the last checkpoint.

v-prediction on a cosine schedule, min-SNR weighting (arXiv 2303.09556, Eq. 5 for v), EMA, 10 % empty
captions for classifier-free guidance. One script for CPU and CUDA, bf16 autocast where the hardware has it.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file

PEAK, WARMUP, FLOOR = 5e-4, 200, 2e-5


def new_unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(48, 96, 192),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=384, attention_head_dim=8, norm_num_groups=16,
    )  # fmt: skip


def new_scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", clip_sample=False, prediction_type="v_prediction", steps_offset=1,
        timestep_spacing="trailing",
    )  # fmt: skip


def learning_rate(step: int, done: float) -> float:
    """Warm up, hold, then decay linearly over the last 40 % of the training time (``done`` in 0–1)."""
    return max(FLOOR, PEAK * min(1.0, (step + 1) / WARMUP) * min(1.0, (1 - done) / 0.4))


class Trainer:
    """Weights, their moving average and the optimiser; saved and loaded as one."""

    def __init__(self, data: dict[str, torch.Tensor], device: torch.device, batch: int) -> None:
        self.data, self.device, self.batch = {k: v.to(device) for k, v in data.items()}, device, batch
        self.unet = new_unet().to(device, memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.unet).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.unet.parameters(), PEAK, weight_decay=1e-3)
        self.scheduler = new_scheduler()
        self.step, self.seconds, self.loss = 0, 0.0, 0.0
        # Without AVX-512 a CPU emulates bf16 and is ten times slower than in float32.
        self.bf16 = device.type == "cuda" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")

    def load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.unet.load_state_dict(state["unet"])
        self.ema.load_state_dict(state["ema"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.loss = state["step"], state["seconds"], state["loss"]

    def save(self, path: Path) -> None:
        state = {
            "unet": self.unet.state_dict(), "ema": self.ema.state_dict(), "optimiser": self.optimiser.state_dict(),
            "step": self.step, "seconds": self.seconds, "loss": self.loss,
        }  # fmt: skip
        torch.save(state, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").rename(path)

    def advance(self, done: float) -> None:
        """One step of ``batch`` pictures at ``done`` (0–1) of the whole training."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, done)
        loss = self._loss()
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.unet.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(0.9995, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for average, weight in zip(self.ema.parameters(), self.unet.parameters(), strict=True):
                average.lerp_(weight, 1 - keep)
        self.loss = loss.item() if self.step == 1 else 0.99 * self.loss + 0.01 * loss.item()

    def _loss(self) -> torch.Tensor:
        n = len(self.data["latents"])
        chosen = torch.randint(0, n, (self.batch,), device=self.device)
        z = self.data["latents"][chosen].float()  # (B, 4, 16, 16)
        empty = torch.rand(self.batch, device=self.device) < 0.1
        row = torch.where(empty, self.data["empty"], self.data["caption"][chosen])
        context = self.data["embeddings"][row.long()].float()  # (B, 20, 384)
        t = torch.randint(0, 1000, (self.batch,), device=self.device)
        noise = torch.randn_like(z)
        noisy, target = self.scheduler.add_noise(z, noise, t), self.scheduler.get_velocity(z, noise, t)
        alpha = self.scheduler.alphas_cumprod.to(self.device)[t]
        snr = alpha / (1 - alpha)
        weight = torch.clamp(snr, max=5.0) / (snr + 1)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            predicted = self.unet(noisy.contiguous(memory_format=torch.channels_last), t, context).sample
        error = (predicted.float() - target).pow(2).mean((1, 2, 3))
        return (weight * error).mean() / weight.mean()


def of_groups(data: dict[str, torch.Tensor], work: Path, groups: list[str]) -> dict[str, torch.Tensor]:
    """``data`` with only the pictures of ``groups``; latents hold the pictures in order, once per variant."""
    records = [json.loads(line) for line in (work / "pictures.jsonl").read_text().splitlines()]
    wanted = torch.tensor([r["group"] in groups for r in records])
    kept = wanted.repeat(len(data["latents"]) // len(records))
    return data | {"latents": data["latents"][kept].contiguous(), "caption": data["caption"][kept].contiguous()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True, help="length of this slice")
    parser.add_argument(
        "--total-minutes", type=float, help="length of the whole training (default: this slice ends it)"
    )
    parser.add_argument(
        "--group", action="append", help="only pictures of this emojibase group; several times for several"
    )
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(int(time.time()))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer, checkpoint = (
        Trainer(load_file(args.work / "latents.safetensors"), device, args.batch),
        args.work / "unet.ckpt",
    )
    if checkpoint.exists():
        trainer.load(checkpoint)
    before, start = trainer.seconds, time.monotonic()
    total = 60 * args.total_minutes if args.total_minutes else before + 60 * args.minutes
    saved = start
    while time.monotonic() - start < args.minutes * 60 and trainer.seconds < total:
        trainer.advance(min(1.0, trainer.seconds / total))
        trainer.seconds = before + time.monotonic() - start
        if trainer.step % 50 == 0:
            print(f"step {trainer.step} loss {trainer.loss:.4f} {trainer.seconds:.0f} s", flush=True)
        if time.monotonic() - saved > 300:
            trainer.save(checkpoint)
            saved = time.monotonic()
    trainer.save(checkpoint)
    trainer.ema.half().save_pretrained(args.work / "unet")
    figures = {"unet_steps": trainer.step, "unet_batch": args.batch, "unet_minutes": round(trainer.seconds / 60, 1),
               "unet_loss": round(trainer.loss, 4), "device": device.type, "groups": args.group}  # fmt: skip
    (args.work / "unet.json").write_text(json.dumps(figures))
    print(figures)


if __name__ == "__main__":
    main()
