"""Runs, step by step: what is made, what is repeated, what is learned on the way."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from qdhf.errors import InvalidInput, QdhfError
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Study
from tests.studio.conftest import label, work


def test_a_populate_run_makes_its_budget_with_prompts_in_turn(studio: Studio, study: Study) -> None:
    run = studio.studies.populate(study, 10, batch=4)
    work(studio, run)
    items = studio.store.items.of_study(study.id)
    assert [i.genome.prompt for i in items if i.genome] == ["disc", "square"] * 5
    assert [(i.iteration, i.slot) for i in items] == [(n // 4, n % 4) for n in range(10)]
    assert [i.items for i in studio.store.runs.iterations(run.id)] == [4, 4, 2]


def test_steps_done_twice_leave_what_one_leaves(studio: Studio, study: Study) -> None:
    run = studio.studies.populate(study, 4, batch=4)
    engine = studio.engine
    plan = engine.ask(run.id, 0)
    made = engine.generate(run.id, 0, plan)
    assert engine.generate(run.id, 0, plan) == made
    assert (engine.encode(run.id, made), engine.encode(run.id, made)) == (4, 0)
    assert (engine.score(run.id, made), engine.score(run.id, made)) == (4, 0)
    ids = engine.keep(run.id, 0, made)
    assert engine.keep(run.id, 0, made) == ids
    assert engine.tell(run.id, 0, plan, made, ids) is False
    assert engine.tell(run.id, 0, plan, made, ids) is False
    assert studio.store.items.count(study.id) == 4
    assert len(studio.store.runs.iterations(run.id)) == 1


def test_a_step_after_a_crash_reads_pictures_from_their_files(studio: Studio, study: Study) -> None:
    run = studio.studies.populate(study, 4, batch=4)
    made = studio.engine.generate(run.id, 0, studio.engine.ask(run.id, 0))
    fresh = Studio(studio.store)
    assert fresh.engine.encode(run.id, made) == 4
    assert fresh.engine.score(run.id, made) == 4


def test_illumination_covers_more_and_its_items_have_parents(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    before = studio.browsing.map(study).view.coverage
    run = studio.running.illuminate(study, 32)
    work(studio, run)
    children = studio.running.newest_items(study, 32, run)
    assert len(children) == 32
    assert studio.browsing.map(study).view.coverage > before
    assert any(i.genome and i.genome.parents for i in children)
    assert all(np.isfinite([i.coverage, i.qd_score]).all() for i in studio.store.runs.iterations(run.id))


def test_every_item_can_be_made_again_from_its_genome(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    work(studio, studio.running.illuminate(study, 32))
    items = studio.store.items.of_study(study.id)
    again = studio.engine.models.generator(study).generate([i.genome for i in items if i.genome])
    assert [studio.store.blobs.put(m.data) for m in again] == [i.blob for i in items]


def test_enough_new_answers_refit_a_run_and_generate_nothing_again(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 24))
    run = studio.running.illuminate(study, 24)
    work(studio, run, stop_after=1)
    before = studio.learning.current(study)
    assert before is not None
    label(studio, study, 24)
    work(studio, run)
    versions = [i.fit_version for i in studio.store.runs.iterations(run.id)]
    assert versions[0] == before.version
    assert versions[-1] == before.version + 1
    assert studio.store.items.count(study.id, run.id) == 24


def test_picked_cells_come_first(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 24))
    view = studio.browsing.map(study).view
    empty = [int(c) for c in np.flatnonzero(view.elites < 0)[:2]]
    plan = studio.engine.ask(studio.running.illuminate(study, 16, targets=empty).id, 0)
    assert set(empty) & set(plan["targets"])


def test_a_broken_picture_in_a_folder_is_named_and_the_rest_imported(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for n in range(5):
        Image.new("RGB", (40, 30), (40 * n, 20, 90)).save(folder / f"{n}.png")
    (folder / "broken.png").write_bytes((folder / "0.png").read_bytes()[:60])
    study = studio.studies.create("Mine", generator=GeneratorSpec(name="collection"), encoder="pixels")
    run = studio.studies.import_pictures(study, folder=str(folder))
    work(studio, run)
    (iteration,) = studio.store.runs.iterations(run.id)
    assert (iteration.items, iteration.failed) == (5, 1)
    assert iteration.message.startswith("broken.png:")
    assert [i.name for i in studio.store.items.of_study(study.id)] == [f"{n}.png" for n in range(5)]
    assert studio.browsing.map(study).view.coverage > 0


def test_an_uploaded_zip_becomes_items(studio: Studio) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for n in range(3):
            picture = io.BytesIO()
            Image.new("RGB", (20, 20), (n * 80, 10, 10)).save(picture, "PNG")
            archive.writestr(f"a/{n}.png", picture.getvalue())
    study = studio.studies.create("Zip", generator=GeneratorSpec(name="collection"), encoder="pixels")
    work(studio, studio.studies.import_pictures(study, upload=file.getvalue()))
    assert studio.store.items.count(study.id) == 3


def test_a_model_folder_that_is_not_there_is_said_and_the_study_stays(studio: Studio) -> None:
    study = studio.studies.create("Lost", prompts=["x"], generator=GeneratorSpec(model="/no/such/model"))
    run = studio.studies.populate(study, 4)
    plan = studio.engine.ask(run.id, 0)
    with pytest.raises(QdhfError, match="/no/such/model"):
        studio.engine.generate(run.id, 0, plan)
    assert studio.studies.get(study.id) == study


def test_a_prompt_with_html_emoji_and_10000_characters_is_kept_as_it_is(studio: Studio) -> None:
    prompt = ("<script>alert('🙂')</script> & " * 400)[:10_000].strip()
    study = studio.studies.create(
        "<b>Name</b> 🙂", prompts=[prompt], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    work(studio, studio.studies.populate(study, 3))
    assert {i.genome.prompt for i in studio.store.items.of_study(study.id) if i.genome} == {prompt}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompts": []}, "at least one prompt"),
        ({"prompts": ["x" * 20_001]}, "20,000 characters"),
        ({"prompts": ["a\x00b"]}, "null character"),
        ({"dims": (1, 5)}, "between 2 and 100"),
        ({"dims": (5, 5, 5)}, "two axes"),
        ({"encoder": "nonsense"}, "no encoder named"),
        ({"encoder": "clip:"}, "needs a model"),
        ({"generator": GeneratorSpec(name="nonsense")}, "no generator named"),
        ({"generator": GeneratorSpec(model=" ")}, "hub id"),
    ],
)
def test_a_study_that_could_not_work_is_refused_with_a_reason(
    studio: Studio, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        studio.studies.create("S", **{"prompts": ["x"], **changes})  # type: ignore[arg-type]
    assert studio.studies.all() == []
