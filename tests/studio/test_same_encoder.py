"""A study never mixes two encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from qdhf.encoders.pixels import PixelEncoder
from qdhf.errors import InvalidInput
from qdhf.studio import Studio
from qdhf.studio.engine import Engine
from qdhf.studio.same_encoder import probe
from qdhf.types import FloatArray, Study
from tests.studio.conftest import work


class Changed(PixelEncoder):
    """The same name, the same length, another model: what an update of a hub's weights comes to."""

    def encode(self, things: Sequence[Any]) -> FloatArray:
        return np.asarray(super().encode(things)[:, ::-1])


class Halved(PixelEncoder):
    def encode(self, things: Sequence[Any]) -> FloatArray:
        return np.asarray(super().encode(things)[:, ::2])


class Rounded(PixelEncoder):
    """Another device: the last bits differ."""

    def encode(self, things: Sequence[Any]) -> FloatArray:
        return np.asarray(super().encode(things).astype(np.float16).astype(np.float32))


def later(studio: Studio, encoder: PixelEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker starts again and opens ``encoder``."""
    monkeypatch.setattr("qdhf.registry.open_encoder", lambda name: encoder)
    studio.engine = Engine(studio.store, studio.learning)


@pytest.mark.parametrize("other", [Changed, Halved])
def test_a_changed_encoder_makes_nothing_until_the_earlier_one_is_back(
    studio: Studio, study: Study, other: type[PixelEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    work(studio, studio.studies.populate(study, 4))
    before = studio.matrices.of(study)
    later(studio, other(), monkeypatch)
    run = studio.studies.populate(study, 4)
    with pytest.raises(InvalidInput, match="sees otherwise than when its first features were stored"):
        work(studio, run)
    assert studio.store.items.count(study.id) == 4
    assert studio.matrices.of(study).features.tobytes() == before.features.tobytes()
    later(studio, PixelEncoder(), monkeypatch)
    work(studio, run)
    assert len(studio.matrices.of(study)) == 8


def test_the_last_bits_may_differ(studio: Studio, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    work(studio, studio.studies.populate(study, 4))
    later(studio, Rounded(), monkeypatch)
    work(studio, studio.studies.populate(study, 4))
    assert studio.store.items.count(study.id) == 8


def test_what_is_compared_stays_the_same_for_ever() -> None:
    assert probe("image")[0] == "aba2c5daa2a58bc8ecaa934a54133aa648f24ef1e3180f5ea22d6bd9597a0eb1"
    assert probe("text")[0] == "23be5632b936755eeb14a1ca75953b4a3e0d4265632b62a4492218e7aa96dbbf"
