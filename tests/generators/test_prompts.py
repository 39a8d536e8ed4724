"""Prompts are embedded once, and that changes no picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from qdhf.generators.diffusion import DiffusionGenerator
from qdhf.generators.pipelines import Settings, open_pipeline
from qdhf.generators.prompts import remembering
from qdhf.types import Genome
from qdhf.weights import quiet
from tests import tiny_pipelines

torch.set_num_threads(1)
SMALL = Settings(steps=2, width=16, height=16)


class Encoder:
    """Embeds a text by its length and says how often it was asked, with which texts."""

    def __init__(self, rows: int | None = None) -> None:
        self.asked: list[list[str]] = []
        self.rows = rows

    def __call__(
        self, prompt: Any, device: Any = None, guided: bool = True, negative_prompt: Any = None, given: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        texts = prompt if isinstance(prompt, list) else [prompt]
        self.asked.append(texts)
        of_prompts = torch.tensor([[float(len(text))] for text in texts])
        of_negatives = torch.tensor([[-float(len(text))] for text in negative_prompt or [""] * len(texts)])
        return of_prompts[: self.rows], of_negatives if guided else None


@pytest.mark.parametrize(
    ("family", "negative"),
    [
        ("stable_diffusion", ""), ("stable_diffusion", "dog"), ("stable_diffusion_xl", ""), ("stable_diffusion_xl", "dog"),
        ("stable_diffusion_3", ""), ("stable_diffusion_3", "dog"), ("flux", ""),
    ],
)  # fmt: skip
def test_pictures_are_those_of_the_pipeline_that_remembers_nothing(family: str, negative: str, tmp_path: Path) -> None:
    folder = str(getattr(tiny_pipelines, family)(tmp_path / family))
    generator, bare = DiffusionGenerator(folder, settings=SMALL, batch=1), open_pipeline(folder, "cpu", torch.float32)
    for prompt in ("cat", "a green cat", "cat"):
        (made,) = generator.generate([Genome(prompt=prompt, seed=11, negative_prompt=negative)])
        with quiet("diffusers"):
            image = bare.pipeline(
                [prompt], num_inference_steps=2, width=16, height=16, guidance_scale=generator.settings.guidance,
                generator=torch.Generator().manual_seed(11), output_type="np",
                **({"negative_prompt": [negative]} if negative else {}),
            ).images[0]  # fmt: skip
        np.testing.assert_array_equal(made.pixels, (image * 255).round().astype(np.uint8))


@pytest.mark.parametrize("family", ["stable_diffusion", "stable_diffusion_xl", "stable_diffusion_3", "flux"])
def test_the_text_encoder_sees_a_prompt_once(family: str, tmp_path: Path) -> None:
    generator = DiffusionGenerator(str(getattr(tiny_pipelines, family)(tmp_path / family)), settings=SMALL, batch=2)
    seen: list[int] = []
    generator.pipeline.text_encoder.register_forward_hook(lambda *_: seen.append(1))
    generator.generate([Genome(prompt="cat", seed=1), Genome(prompt="dog", seed=2)])
    first = len(seen)
    generator.generate([Genome(prompt=prompt, seed=seed) for seed, prompt in enumerate(("dog", "cat", "cat", "dog"))])
    assert (first > 0, len(seen)) == (True, first)
    generator.generate([Genome(prompt="owl", seed=1)])
    assert len(seen) > first


def test_each_text_is_embedded_alone_and_once() -> None:
    encode = Encoder()
    remembered = remembering(encode)
    first = remembered(["a", "bbb", "a"], "cpu", True, ["x", "", "x"])
    second = remembered(["bbb", "a"], "cpu", True, negative_prompt=["", "x"])
    assert encode.asked == [["a"], ["bbb"]]
    assert [part.ravel().tolist() for part in first] == [[1, 3, 1], [-1, 0, -1]]
    assert [part.ravel().tolist() for part in second] == [[3, 1], [0, -1]]
    assert remembered(["a"], "cpu", False)[1] is None  # another setting is another question
    assert len(encode.asked) == 3


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ({"prompt": "a"}, None),
        ({"prompt": ["a", "b"], "negative_prompt": ["x"]}, None),
        ({"prompt": ["a", "b"], "given": torch.ones(1)}, None),
        ({"prompt": ["a", "b"]}, 0),
    ],
    ids=["a lone text", "lists of several lengths", "ready embeddings", "not one row a prompt"],
)
def test_what_cannot_be_remembered_is_passed_on(arguments: dict[str, Any], rows: int | None) -> None:
    encode = Encoder(rows)
    remembering(encode)(**arguments)
    assert encode.asked[-1] == (arguments["prompt"] if isinstance(arguments["prompt"], list) else ["a"])


def test_the_oldest_are_forgotten_first() -> None:
    encode = Encoder()
    remembered = remembering(encode, kept=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        remembered([text])
    assert encode.asked == [["a"], ["b"], ["c"], ["b"]]


def test_what_is_remembered_lets_gradients_through() -> None:
    remembered = remembering(Encoder())
    with torch.inference_mode():
        remembered(["a"])
    weight = torch.ones(1, requires_grad=True)
    (weight * remembered(["a"])[0]).sum().backward()
    assert weight.grad is not None
    assert weight.grad.tolist() == [1.0]


def test_a_pipeline_of_another_form_is_not_tried_again() -> None:
    encode = Encoder(rows=0)
    remembered = remembering(encode)
    remembered(["a", "b"])
    encode.asked.clear()
    remembered(["a", "b"])
    assert encode.asked == [["a", "b"]]
