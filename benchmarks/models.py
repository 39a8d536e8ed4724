"""What the shipped models can do: do prompts steer, how different are pictures of one prompt, what is copied, how fast.

    python -m benchmarks.models --json [--packages DIR] [--names 200] [--seeds 4]

``--packages``: the npm packages of ``models/recipe`` with ``@iconify-json/twemoji`` beside them, whose drawings no shipped model
has seen (CC-BY 4.0: for measuring alone). Without it the keys that need real pictures are left out.

``name_match_top5``: share of generated pictures whose own name is among the five that the joint encoder finds likeliest, of all
``--names`` (animals, plants and food of at most two words, drawn at random); ``name_match_top5_real``: the same for the unseen
vendor's drawings; ``name_match_ratio``: their quotient.
``prompt_diversity``: Vendi score (order 1, cosine of features) of 32 pictures of one prompt, mean over ``--prompts``.
``precision`` and ``recall`` of generated against the unseen vendor's drawings (Kynkäänniemi et al. 2019, arXiv 1904.06991,
k = 3). ``nearest_training_share``: share of generated pictures that are as near to a training drawing (on white) as drawings
of one concept in different styles are at their nearest hundredth. ``agreement_auc``: area under the curve of agreement with
the right caption against a wrong one, on the unseen vendor's drawings of the ``unseen`` concepts that the agreement model was
never trained on. Speeds are of this machine as it is.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from qdhf.encoders.minilm import MiniLMEncoder
from qdhf.metrics.vendi import vendi_cosine
from qdhf.registry import open_encoder, open_generator
from qdhf.scoring.agreement import FOLDER, Head
from qdhf.types import GeneratorSpec, Genome
from qdhf.weights import SHIPPED

VENDOR = "twemoji"
GROUPS = ("animals & nature", "food & drink", "smileys & emotion")  # what the shipped generator was taught
MORE = ("travel & places", "activities", "objects", "people & body")  # what the agreement model knows as well
NOUNS = ("animals & nature", "food & drink")  # names of things; those of faces are phrases
LONGEST_NAME = 2  # words
Pictures = list[np.ndarray]


def generated(prompts: list[str], seeds: int) -> tuple[Pictures, float]:
    """``seeds`` pictures of each prompt in turn, and the seconds that each took."""
    generator = open_generator(GeneratorSpec())
    generator.generate([Genome(prompt="cat face", seed=0)])  # the first call sets things up
    began = time.monotonic()
    made = generator.generate([Genome(prompt=p, seed=seed) for p in prompts for seed in range(seeds)])
    return [m.pixels for m in made if m.pixels is not None], (time.monotonic() - began) / len(made)


def real(packages: Path, sets: list[str], groups: tuple[str, ...] = GROUPS) -> tuple[Pictures, list[dict[str, Any]]]:
    """Drawings on white with their names, one of a concept in each set."""
    from models.recipe.captions import composite
    from models.recipe.pictures import pictures
    from models.recipe.train_agreement import PLAIN

    found: dict[tuple[str, str], tuple[np.ndarray, dict[str, Any]]] = {}
    for rgba, record in pictures(packages, sets, groups):
        if rgba[..., 3].mean() > 8:
            found.setdefault((record["set"], record["label"]), (composite(rgba, PLAIN), record))
    return [picture for picture, _ in found.values()], [record for _, record in found.values()]


def common_noun(record: dict[str, Any]) -> bool:
    return record["group"] in NOUNS and len(record["label"].split()) <= LONGEST_NAME


@dataclass(frozen=True)
class Joint:
    """The joint space of the shipped agreement model: cosines of pictures' features and of texts."""

    head: Head
    texts: MiniLMEncoder

    @staticmethod
    def shipped() -> Joint:
        return Joint(Head(load_file(FOLDER / "model.safetensors")), MiniLMEncoder())

    def cosines(self, features: np.ndarray, texts: list[str]) -> np.ndarray:
        """(n, m) of (n, d) ``features`` and m ``texts``."""
        found: np.ndarray = self.head(features) @ self.texts.encode(texts).T
        return found


def top5(cosines: np.ndarray, own: list[int]) -> float:
    """Share of pictures (rows) whose own name (a column) is among the five likeliest."""
    rank = (cosines > cosines[np.arange(len(own)), own][:, None]).sum(1)
    return float((rank < 5).mean())


def auc(cosines: np.ndarray, rng: np.random.Generator) -> float:
    """Chance that a picture agrees more with its own name than a picture does with another's; (n, n) ``cosines``."""
    right, wrong = np.diag(cosines), np.sort(cosines[np.arange(len(cosines)), derangement(len(cosines), rng)])
    below = (np.searchsorted(wrong, right, "left") + np.searchsorted(wrong, right, "right")) / 2
    return float(below.mean() / len(wrong))


def derangement(n: int, rng: np.random.Generator) -> np.ndarray:
    """A permutation that leaves nothing in its place: each goes to the next in a random round."""
    order = rng.permutation(n)
    found = np.empty(n, int)
    found[order] = np.roll(order, 1)
    return found


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n, m) Euclidean distances of unit rows."""
    found: np.ndarray = np.sqrt(np.maximum(0, 2 - 2 * _unit(a) @ _unit(b).T))
    return found


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def share_within(points: np.ndarray, of: np.ndarray, k: int = 3) -> float:
    """Share of ``points`` that lie in the ball of any of ``of``, as large as the way to its k-th nearest other one."""
    radius = np.sort(distances(of, of), axis=1)[:, k]
    return float((distances(points, of) <= radius).any(1).mean())


def copies(made: np.ndarray, drawn: np.ndarray, records: list[dict[str, Any]]) -> float:
    labels = np.array([record["label"] for record in records])
    between = distances(drawn, drawn)
    same = (labels[:, None] == labels[None]) & ~np.eye(len(labels), dtype=bool)
    limit = np.quantile(between[same], 0.01)
    return float((distances(made, drawn).min(1) <= limit).mean())


def with_pictures(packages: Path, count: int, seeds: int) -> dict[str, float]:
    encoder, joint = open_encoder("efficientnet-lite0"), Joint.shipped()
    rng = np.random.default_rng(0)
    vendor, records = real(packages, [VENDOR], GROUPS + MORE)
    known, known_records = real(packages, ["noto", "noto-v1", "fluent-emoji", "fluent-emoji-flat"])
    familiar = {record["label"] for record in known_records}
    plain = [i for i, r in enumerate(records) if r["label"] in familiar and common_noun(r)]
    taught = [i for i, r in enumerate(records) if r["group"] in GROUPS]
    rows = sorted(rng.permutation(plain)[:count].tolist())
    names = [records[i]["label"] for i in rows]
    made, _ = generated(names, seeds)
    of_made, of_vendor = encoder.encode(made), encoder.encode(vendor)
    own = top5(joint.cosines(of_made, names), [i for i in range(len(names)) for _ in range(seeds)])
    theirs = top5(joint.cosines(of_vendor[rows], names), list(range(len(rows))))
    unseen = set(json.loads((FOLDER / "unseen.json").read_text()))
    fresh = [i for i, record in enumerate(records) if record["label"] in unseen]
    agreement = joint.cosines(of_vendor[fresh], [records[i]["label"] for i in fresh])
    return {
        "names": len(names), "name_match_top5": own, "name_match_top5_real": theirs, "name_match_ratio": own / theirs,
        "precision": share_within(of_made, of_vendor[taught]), "recall": share_within(of_vendor[taught], of_made),
        "nearest_training_share": copies(of_made, encoder.encode(known), known_records),
        "agreement_auc": auc(agreement, rng), "unseen": len(fresh),
    }  # fmt: skip


def prompt_diversity(prompts: int, each: int = 32) -> tuple[float, float]:
    from qdhf.studio.studies import DEMO

    encoder = open_encoder("efficientnet-lite0")
    own = [
        f"{prompt}{more}"
        for more in ("", ", 3d style", ", flat style", ", on a blue background")
        for prompt in DEMO["prompts"]
    ]
    scores, seconds = [], []
    for prompt in own[:prompts]:
        pictures, each_took = generated([prompt], each)
        scores.append(vendi_cosine(encoder.encode(pictures), (1.0,))[1.0])
        seconds.append(each_took)
    return float(np.mean(scores)), float(np.median(seconds))


def speeds() -> dict[str, float]:
    encoder = open_encoder("efficientnet-lite0")
    pictures = [np.random.default_rng(i).integers(0, 256, (64, 64, 3), np.uint8) for i in range(64)]
    encoder.encode(pictures[:8])
    began = time.monotonic()
    encoder.encode(pictures)
    encoding = time.monotonic() - began
    writer = open_generator(GeneratorSpec(name="language", tokens=40))
    prompts = [Genome(prompt="Write one sentence about the sea.", seed=seed) for seed in range(8)]
    writer.generate(prompts[:1])
    began = time.monotonic()
    made = writer.generate(prompts)
    took = time.monotonic() - began
    tokenizer = writer._opened.tokenizer  # type: ignore[attr-defined]
    tokens = sum(len(tokenizer(m.text).input_ids) for m in made)  # a sentence that is cut loses its last few
    return {"encoder_images_per_s": 64 / encoding, "text_tokens_per_s": tokens / took}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one line of JSON and nothing else")
    parser.add_argument("--packages", type=Path, help="node_modules with the drawings")
    parser.add_argument("--names", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--prompts", type=int, default=20)
    args = parser.parse_args()
    found: dict[str, float] = with_pictures(args.packages, args.names, args.seeds) if args.packages else {}
    diversity, seconds = prompt_diversity(args.prompts)
    size = sum(path.stat().st_size for folder in (SHIPPED / "emoji64", FOLDER) for path in folder.rglob("*.*"))
    found |= {"prompt_diversity": diversity, "seconds_per_image": seconds, "size_mb": size / 1e6, **speeds()}
    found = {name: round(value, 4) for name, value in found.items()}
    print(json.dumps(found) if args.json else "\n".join(f"{name:24} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
