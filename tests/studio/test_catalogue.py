"""The catalogue of models: complete, honest about what is here, and of use to the form and the command line."""

from __future__ import annotations

import pytest

from qdhf.registry import ENCODERS
from qdhf.studio.catalogue import CATALOGUE, known


def test_each_use_begins_with_a_shipped_model() -> None:
    for use in ("pictures", "texts", "sees pictures", "sees texts"):
        first = known(use)[0]
        assert first.download == 0
        assert first.here
        assert first.fits(None), "the shipped ones run without a GPU"


def test_models_that_draw_say_how_to_call_them() -> None:
    for entry in known("pictures"):
        assert None not in (entry.steps, entry.guidance)
        assert entry.size is not None
        assert entry.size % 8 == 0
    assert all(entry.licence and entry.note and not entry.note.endswith(".") for entry in CATALOGUE)
    assert len({(entry.use, entry.model) for entry in CATALOGUE}) == len(CATALOGUE)


def test_encoders_go_by_names_that_the_registry_knows() -> None:
    for entry in (*known("sees pictures"), *known("sees texts")):
        assert entry.model in ENCODERS or entry.model.startswith("clip:")


def test_what_is_not_in_the_hubs_cache_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    turbo = next(entry for entry in CATALOGUE if entry.model == "stabilityai/sd-turbo")
    asked: list[tuple[str, str]] = []
    for path in (None, "/cache/model_index.json"):
        monkeypatch.setattr(
            "huggingface_hub.try_to_load_from_cache", lambda repo, name, path=path: asked.append((repo, name)) or path
        )
        assert turbo.here == (path is not None)
    assert asked == [("stabilityai/sd-turbo", "model_index.json")] * 2
    assert (turbo.fits(None), turbo.fits(3.9), turbo.fits(80.0)) == (False, False, True)
