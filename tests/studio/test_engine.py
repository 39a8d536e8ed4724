"""Runs, step by step: what is made, what is repeated, what is learned on the way."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from qdhf.errors import InvalidInput, QdhfError
from qdhf.pictures import decode
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
    made = engine.make(run.id, 0, plan)
    assert engine.make(run.id, 0, plan) == made
    assert all(set(m["thumbs"]) == {"128", "256"} for m in made)
    ids = engine.keep(run.id, 0, made)
    assert engine.keep(run.id, 0, made) == ids
    assert engine.tell(run.id, 0, plan, made, ids) is False
    assert engine.store_made(run.id, 0, plan, made) is False
    assert studio.store.items.count(study.id) == 4
    assert len(studio.store.runs.iterations(run.id)) == 1


def test_making_a_batch_is_generating_encoding_and_scoring_it(studio: Studio, study: Study) -> None:
    run = studio.studies.populate(study, 4, batch=4)
    engine = studio.engine
    plan = engine.ask(run.id, 0)
    made = engine.make(run.id, 0, plan)
    pixels = [decode(studio.store.blobs.get(m["blob"])) for m in made]
    engine.store_made(run.id, 0, plan, made)
    matrix = studio.matrices.of(study)
    np.testing.assert_array_equal(matrix.features, engine.models.encoder(study).encode(pixels))
    np.testing.assert_array_equal(matrix.quality, engine.models.scorer(study).score(pixels, [""] * 4))


def test_files_of_a_part_are_written_while_the_next_is_generated(studio: Studio, study: Study) -> None:
    run = studio.studies.populate(study, 5, batch=5)
    plan = studio.engine.ask(run.id, 0)
    whole = studio.engine.make(run.id, 0, plan)
    generator, parts = studio.engine.models.generator(study), []
    generate = generator.generate
    generator.batch = 2  # type: ignore[attr-defined]  as real generators say how many fit
    generator.generate = lambda genomes: parts.append(len(genomes)) or generate(genomes)  # type: ignore[method-assign]
    assert studio.engine.make(run.id, 0, plan) == whole
    assert parts == [2, 2, 1]


def test_an_item_that_cannot_be_made_is_counted_and_named_and_the_others_are_stored(
    studio: Studio, study: Study
) -> None:
    run = studio.studies.populate(study, 3, batch=3)
    plan = studio.engine.ask(run.id, 0)
    plan["genomes"][1]["width"] = 4
    made = studio.engine.make(run.id, 0, plan)
    studio.engine.store_made(run.id, 0, plan, made)
    (iteration,) = studio.store.runs.iterations(run.id)
    assert (iteration.items, iteration.failed) == (2, 1)
    assert iteration.message.startswith("Item 2 of 3 (prompt “square”")
    assert [i.slot for i in studio.store.items.of_study(study.id)] == [0, 2]


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


def test_a_worker_that_died_asks_the_same_again(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    run = studio.running.illuminate(study, 32)
    work(studio, run, stop_after=2)
    plans = [Studio(studio.store).engine.ask(run.id, 2) for _ in range(2)]  # engines that remember nothing
    own = studio.engine.ask(run.id, 2)
    assert plans[0] == plans[1] == own
    assert len(own["genomes"]) == 8


def test_iterations_tell_who_made_what_and_what_screening_expected(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    run = studio.running.illuminate(study, 16)
    work(studio, run)
    before = {i.id for i in studio.store.items.of_study(study.id)} - {
        i.id for i in studio.running.newest_items(study, 16, run)
    }
    for iteration in studio.store.runs.iterations(run.id):
        assert sum(s.share for s in iteration.shares.values()) == pytest.approx(1)
        assert sum(s.made for s in iteration.shares.values()) == iteration.items == 8
        gained = sum(s.opened + s.bettered for s in iteration.shares.values())
        assert iteration.screened is not None
        assert iteration.screened.gained == gained
        assert iteration.screened.candidates == 8 * iteration.screened.rendered
        assert iteration.hits <= iteration.near <= iteration.aimed
        assert len(iteration.missed) == iteration.aimed - iteration.hits
    opened = sum(s.opened for i in studio.store.runs.iterations(run.id) for s in i.shares.values())
    cells = studio.browsing.map(study).view.cells.tolist()
    ids = studio.matrices.of(study).ids
    assert opened == len(set(cells)) - len({c for c, item in zip(cells, ids, strict=True) if item in before})


def test_a_run_without_screening_renders_what_emitters_ask(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    run = studio.running.illuminate(study, 8, candidates=1)
    work(studio, run)
    assert [i.screened for i in studio.store.runs.iterations(run.id)] == [None]
    with pytest.raises(InvalidInput, match="ideas looked at for a picture must lie between 1 and 64; got 0"):
        studio.running.illuminate(study, 8, candidates=0)


def test_written_slots_are_filled_and_changed_one_at_a_time(studio: Studio) -> None:
    study = studio.studies.create(
        "Slots", prompts=["{disc|square} {a|b|c}"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )  # fmt: skip
    work(studio, studio.studies.populate(study, 12))
    drawn = {i.genome.prompt for i in studio.store.items.of_study(study.id) if i.genome}
    assert len(drawn) > 2
    assert drawn <= {f"{shape} {letter}" for shape in ("disc", "square") for letter in "abc"}
    run = studio.running.illuminate(study, 24)
    work(studio, run)
    prompts = {i.id: i.genome.prompt for i in studio.store.items.of_study(study.id) if i.genome}
    made = [i.genome for i in studio.running.newest_items(study, 24, run) if i.genome and i.genome.emitter == "prompt"]
    assert made
    for genome in made:
        before, after = prompts[genome.parents[0]].split(), genome.prompt.split()
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


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
        studio.engine.make(run.id, 0, plan)
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
