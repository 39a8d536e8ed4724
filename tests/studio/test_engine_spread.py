"""The engine over makers in other processes: what is stored is what one process stores, whoever dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from qdhf.errors import InvalidInput
from qdhf.search.evaluating import InProcess
from qdhf.search.spreading import Spread
from qdhf.studio import Studio
from qdhf.studio.engine import Engine
from qdhf.types import GeneratorSpec, RunSpec
from tests.search.process_crew import MoodyModels, ProcessCrew
from tests.studio.conftest import work

pytestmark = pytest.mark.slow


def test_a_run_spread_over_processes_stores_what_one_process_stores(studio: Studio, tmp_path: Path) -> None:
    study = studio.studies.create(
        "Spread", prompts=["disc", f"kill once: {tmp_path / 'killed'}", "square"],
        generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour",
    )  # fmt: skip
    spread = Spread(ProcessCrew(studio.store.blobs, 2))
    studio.engine = Engine(studio.store, studio.learning, evaluator=spread)
    run = studio.store.runs.add(study.id, RunSpec(kind="populate", budget=12, batch=6))
    work(studio, run)
    spread.close()
    assert (tmp_path / "killed").exists()
    items = studio.store.items.of_study(study.id)
    assert [(i.iteration, i.slot) for i in items] == [(n // 6, n % 6) for n in range(12)]
    alone = InProcess(MoodyModels(studio.store.blobs)).evaluate(study, [i.genome for i in items if i.genome])
    assert [(i.blob, i.thumbs) for i in items] == [(o.blob, o.thumbs) for o in alone]  # type: ignore[union-attr]
    matrix = studio.matrices.of(study)
    assert [f.tobytes() for f in matrix.features] == [o.features.tobytes() for o in alone]  # type: ignore[union-attr]
    assert matrix.quality.tolist() == [o.quality for o in alone]  # type: ignore[union-attr]


def test_settings_that_name_a_cluster_reach_the_engine(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(studio.engine.evaluator, InProcess)
    monkeypatch.setenv("QDHF_RAY", "local")
    monkeypatch.setenv("QDHF_RAY_ACTORS", "none")
    with pytest.raises(InvalidInput, match="QDHF_RAY_ACTORS must be a whole number"):
        Engine(studio.store, studio.learning)
