"""A studio that pages and parts of pages find when a test runs them, and a study in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pages._ui import context, sign_in
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Study
from storage import SqlStore, open_store
from tests.storage_fixtures import migrated_file
from tests.studio.conftest import work


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlStore]:
    monkeypatch.setenv("QDHF_HOME", str(tmp_path / "data"))
    context.open_studio.cache_clear()
    monkeypatch.setattr(sign_in, "secrets_found", lambda: None)
    monkeypatch.setattr("streamlit.page_link", lambda *_, **__: None)  # links need the frame around the page
    opened = open_store(migrated_file(tmp_path), tmp_path)
    monkeypatch.setattr(context, "open_store", lambda: opened)
    yield opened
    opened.close()
    context.open_studio.cache_clear()


@pytest.fixture
def studio(store: SqlStore) -> Studio:
    return Studio(store)


@pytest.fixture
def study(studio: Studio) -> Study:
    """12 planted pictures."""
    made = studio.studies.create(
        "Planted",
        prompts=["disc", "square"],
        generator=GeneratorSpec(name="planted"),
        encoder="pixels",
        scorer="colour",
    )
    work(studio, studio.studies.populate(made, 12))
    return made
