"""What every encoder promises (:class:`qdhf.ports.Encoder`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.ports import Encoder
from qdhf.registry import open_encoder
from tests import tiny_pipelines

NAMES = ["pixels", "efficientnet-lite0", "minilm", "tiny clip", "tiny siglip"]


@pytest.fixture(scope="module", params=NAMES)
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    if request.param.startswith("tiny "):
        family = request.param.removeprefix("tiny ")
        folder: Path = getattr(tiny_pipelines, family)(tmp_path_factory.mktemp("encoders") / family)
        return open_encoder(f"clip:{folder}")
    return open_encoder(request.param)


def things(encoder: Encoder, count: int = 19) -> list[Any]:
    if encoder.kind == "text":
        return ["", *("word " * (3 * i) + f"<b>{i}</b> 🎉" for i in range(count - 1))]
    rng = np.random.default_rng(0)
    sizes = [(64, 64), (1, 1), (300, 20), (31, 77)]
    return [rng.integers(0, 256, (*sizes[i % 4], 3), dtype=np.uint8) for i in range(count)]


def test_features_are_one_finite_float32_row_per_thing(encoder: Encoder) -> None:
    features = encoder.encode(things(encoder))
    assert features.shape == (19, encoder.size)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert (features.std(0) > 0).any()


def test_features_do_not_depend_on_the_batch_or_on_what_was_encoded_before(encoder: Encoder) -> None:
    everything = things(encoder)
    together = encoder.encode(everything)
    alone = np.concatenate([encoder.encode([thing]) for thing in everything])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    fresh = open_encoder(_name(encoder)) if "tiny" not in encoder.key and ":" not in encoder.key else encoder
    np.testing.assert_allclose(fresh.encode(everything[::-1])[::-1], together, atol=1e-5)


def _name(encoder: Encoder) -> str:
    return encoder.key.partition("@")[0]


def test_the_same_thing_twice_has_the_same_features(encoder: Encoder) -> None:
    first, *_ = things(encoder)
    one, two = encoder.encode([first, first])
    np.testing.assert_array_equal(one, two)


def test_nothing_has_no_features(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.size)


def test_things_of_another_kind_are_refused(encoder: Encoder) -> None:
    wrong: Sequence[Any] = [7] if encoder.kind == "text" else [np.zeros((4, 4), np.uint8)]
    with pytest.raises(InvalidInput, match=r"got int|got uint8 \(4, 4\)"):
        encoder.encode(wrong)
    if encoder.kind == "image":
        with pytest.raises(InvalidInput, match="float32"):
            encoder.encode([np.zeros((4, 4, 3), np.float32)])


def test_it_names_its_model_and_revision(encoder: Encoder) -> None:
    name, _, revision = encoder.key.rpartition("@")
    assert name
    assert revision
    assert isinstance(encoder, Encoder)
