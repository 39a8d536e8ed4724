"""Names to adapters."""

from __future__ import annotations

import subprocess
import sys

import pytest

from qdhf.encoders.minilm import MiniLMEncoder
from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput, MissingModel
from qdhf.registry import ENCODERS, GENERATORS, SCORERS, open_encoder, open_generator, open_scorer
from qdhf.types import GeneratorSpec


@pytest.mark.parametrize("name", ["", "nonsense", "clip:", "CLIP"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"There is no generator called .* planted"):
        open_generator(GeneratorSpec(name=name))
    with pytest.raises(InvalidInput, match=r"There is no encoder called .* efficientnet-lite0, clip:<model>"):
        open_encoder(name)
    with pytest.raises(InvalidInput, match=r"There is no scorer called .* agreement"):
        open_scorer(name, PixelEncoder())


def test_a_collection_generates_nothing() -> None:
    with pytest.raises(InvalidInput, match="import pictures or texts"):
        open_generator(GeneratorSpec(name="collection"))


def test_picture_scorers_are_refused_for_texts() -> None:
    with pytest.raises(InvalidInput, match="for pictures; this study holds texts"):
        open_scorer("agreement", _Texts())
    assert open_scorer("even", _Texts()).kind == "text"


class _Texts(MiniLMEncoder):
    def __init__(self) -> None:
        pass


def test_the_clip_scorer_needs_a_clip_encoder_or_its_own() -> None:
    with pytest.raises(InvalidInput, match="needs a CLIP encoder"):
        open_scorer("clip", PixelEncoder())
    with pytest.raises(MissingModel, match="no folder nowhere"):
        open_scorer("clip:nowhere", PixelEncoder())


def test_every_name_has_words_for_people() -> None:
    for known in (GENERATORS, ENCODERS, SCORERS):
        assert all(known.values())


def test_importing_adapters_loads_no_model_library() -> None:
    code = (
        "import sys, qdhf.registry, qdhf.pictures, qdhf.generators.diffusion, qdhf.generators.collection, "
        "qdhf.encoders.efficientnet, qdhf.encoders.clip, qdhf.encoders.minilm, qdhf.scoring.agreement, "
        "qdhf.scoring.clip; print(sorted({'torch', 'diffusers', 'transformers', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
