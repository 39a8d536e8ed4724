"""Train the image-text agreement head on the rendered pictures and measure it on concepts it never saw.

Frozen EfficientNet-Lite0 features → MLP → the sentence space of frozen MiniLM; symmetric contrastive loss
(CLIP, arXiv 2103.00020) where every text that is true of a picture counts as right (its concept, and its
background where the text names one).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from models.recipe.captions import BACKGROUNDS, Change, caption, composite
from qdhf.encoders.efficientnet import EfficientNetEncoder
from qdhf.encoders.minilm import MiniLMEncoder
from qdhf.scoring.agreement import Head

HERE = Path(__file__).resolve().parent
PLAIN = Change("white", 0.94, 0.0, False)
EPOCHS, BATCH, HIDDEN = 45, 512, 768


def variants(work: Path, copies: int, rng: np.random.Generator) -> dict[str, Any]:
    """Features (n, 1280), concept, style and background of every picture: the first copy plain, then changed ones.

    Kept in ``features.npz``: the slow part is done once.
    """
    path = work / "features.npz"
    records = [json.loads(line) for line in (work / "pictures.jsonl").read_text().splitlines()]
    rgba = np.load(work / "pictures.npz")["rgba"]
    changes = [[PLAIN if k == 0 else Change.draw(rng) for _ in records] for k in range(copies)]
    if not path.exists():
        encoder, features = EfficientNetEncoder(), []
        for part in changes:
            features.append(encoder.encode([composite(a, c) for a, c in zip(rgba, part, strict=True)]))
            print(f"{len(features)} of {copies} copies", flush=True)
        np.savez(path, features=np.concatenate(features))
    flat = [(r, c) for part in changes for r, c in zip(records, part, strict=True)]
    texts = [
        [r["label"], ", ".join([r["label"], *r["tags"][:6]]), caption(r["label"], r["style"], c, rng)] for r, c in flat
    ]
    return {
        "features": np.load(path)["features"], "texts": texts, "plain": len(records),
        "concept": [r["label"] for r, _ in flat], "style": [r["style"] for r, _ in flat],
        "ground": [c.background for _, c in flat],
    }  # fmt: skip


def true_of(concepts: torch.Tensor, grounds: torch.Tensor, named: torch.Tensor) -> torch.Tensor:
    """(n, n) share of each text j in picture i: same concept, and the ground that the text names, if any."""
    same = concepts[:, None] == concepts[None]
    ground = (named[None] < 0) | (named[None] == grounds[:, None])
    return (same & ground).float()


def train(
    data: dict[str, Any], rows: np.ndarray, embedded: torch.Tensor, kinds: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The head's tensors. ``embedded``: (n, 3, 384), ``kinds``: (n, 3) the ground that a text names, −1 for none."""
    x = torch.from_numpy(data["features"])
    mean, std = x[rows].mean(0), x[rows].std(0) + 1e-3
    _, concept = np.unique(data["concept"], return_inverse=True)
    concepts = torch.from_numpy(concept)
    grounds = torch.tensor([list(BACKGROUNDS).index(g) for g in data["ground"]])
    net = torch.nn.Sequential(
        torch.nn.Dropout(0.5), torch.nn.Linear(1280, HIDDEN), torch.nn.GELU(approximate="tanh"),
        torch.nn.Dropout(0.5), torch.nn.Linear(HIDDEN, 384),
    )  # fmt: skip
    scale = torch.nn.Parameter(torch.tensor(2.65))
    optimiser = torch.optim.AdamW([*net.parameters(), scale], 1e-3, weight_decay=0.05)
    steps = EPOCHS * (len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    chosen = torch.from_numpy(rows)
    for step in range(steps):
        b = chosen[torch.randint(0, len(chosen), (BATCH,))]
        kind = torch.randint(0, 3, (BATCH,))
        z = torch.nn.functional.normalize(net((x[b] - mean) / std), dim=-1)  # (B, 384)
        logits = z @ embedded[b, kind].T * scale.exp()  # (B, B): picture i, text j
        right = true_of(concepts[b], grounds[b], kinds[b, kind])
        of_picture, of_text = right / right.sum(1, keepdim=True), right / right.sum(0, keepdim=True)
        loss = -(of_picture * logits.log_softmax(1)).sum(1).mean() - (of_text * logits.log_softmax(0)).sum(0).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"step {step} of {steps} loss {loss.item():.3f}", flush=True)
    return {
        "mean": mean, "std": std, "w1": net[1].weight.detach(), "b1": net[1].bias.detach(),
        "w2": net[4].weight.detach(), "b2": net[4].bias.detach(),
    }  # fmt: skip


def measure(head: Head, data: dict[str, Any], held: set[str], texts: MiniLMEncoder) -> dict[str, float]:
    """Rank of the right picture among those of unseen concepts in one style (and the reverse), styles averaged."""
    found: dict[str, list[float]] = {}
    for style in sorted(set(data["style"])):
        rows = [i for i in range(data["plain"]) if data["style"][i] == style and data["concept"][i] in held]
        rows = list({data["concept"][i]: i for i in rows}.values())
        similar = texts.encode([data["concept"][i] for i in rows]) @ head(data["features"][rows]).T  # text × picture
        for name, matrix in (("text_to_image", similar), ("image_to_text", similar.T)):
            rank = (matrix > np.diag(matrix)[:, None]).sum(1)
            for k in (1, 5):
                found.setdefault(f"{name}_top{k}", []).append(float((rank < k).mean()))
        found.setdefault("concepts", []).append(len(rows))
    return {name: round(float(np.mean(values)), 3) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE.parent / "agreement")
    parser.add_argument("--copies", type=int, default=3, help="pictures made of each picture, the first one plain")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    start, rng = time.monotonic(), np.random.default_rng(0)
    data = variants(args.work, args.copies, rng)
    texts = MiniLMEncoder()
    unique = sorted({text for three in data["texts"] for text in three})
    row = {text: i for i, text in enumerate(unique)}
    vectors = torch.from_numpy(texts.encode(unique))
    embedded = vectors[torch.tensor([[row[t] for t in three] for three in data["texts"]])]  # (n, 3, 384)
    names = list(BACKGROUNDS)
    kinds = torch.tensor(
        [
            [names.index(ground) if f"on a {ground} background" in text else -1 for text in three]
            for three, ground in zip(data["texts"], data["ground"], strict=True)
        ]
    )
    concepts = np.unique(data["concept"])
    held = set(rng.permutation(concepts)[: len(concepts) // 10].tolist())
    rows = np.flatnonzero([c not in held for c in data["concept"]])
    tensors = {k: v.contiguous().half() for k, v in train(data, rows, embedded, kinds).items()}
    figures = measure(Head({k: v.float().numpy() for k, v in tensors.items()}), data, held, texts)
    figures |= {"pictures": len(data["concept"]), "minutes": round((time.monotonic() - start) / 60, 1)}
    args.out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, args.out / "model.safetensors")
    (args.out / "unseen.json").write_text(json.dumps(sorted(held), indent=0, ensure_ascii=False) + "\n")
    (args.out / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    (args.out / "README.md").write_text((HERE / "card_agreement.md").read_text().format_map(figures))
    print(figures)


if __name__ == "__main__":
    main()
