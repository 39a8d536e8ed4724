"""Runs as people see them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.studio import Studio
from qdhf.studio.running import RunStatus, seconds_left
from qdhf.types import GeneratorSpec, Iteration, NewItem, Run, RunSpec, Study, now
from tests.studio.conftest import work

SPEC = RunSpec(kind="illuminate", budget=800)


def iteration(index: int, seconds: float, items: int = 8) -> Iteration:
    return Iteration(
        run_id="r", index=index, items=items, failed=8 - items, fit_version=1, coverage=0.1, qd_score=1.0, seconds=seconds,
        hits=0, aimed=0, message="", created_at=now(),
    )  # fmt: skip


def test_a_run_that_never_got_into_the_queue_rests_and_can_be_continued(studio: Studio, study: Study) -> None:
    run = studio.store.runs.add(
        study.id, RunSpec(kind="populate", budget=8, batch=4, seed=0)
    )  # and then the power went
    status = studio.running.of_study(study)[0]
    assert (status.state, status.made, status.error) == ("paused", 0, None)
    studio.running.resume(run)
    assert studio.running.status(run).state == "queued"
    studio.running.resume(run)
    assert studio.running.status(run).state == "queued"


def test_after_a_tenth_of_a_run_the_time_left_is_known_to_30_percent() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        seconds = 3 * rng.lognormal(0, 0.2, 100) * np.linspace(1, 1.2, 100)  # proposals take longer as the map fills
        seconds[0] += 60  # models load
        seconds[rng.integers(0, 100)] += 30  # and once the machine has other things to do
        done = [iteration(n, s, 7 + n % 2) for n, s in enumerate(seconds[:10])]
        left = seconds_left(SPEC, done, 720)
        assert left is not None
        assert abs(left / seconds[10:].sum() - 1) < 0.3


def test_the_time_left_ends_with_the_minutes_where_these_are_over_first() -> None:
    done = [iteration(n, 10.0) for n in range(6)]
    assert seconds_left(SPEC, done, 80) == pytest.approx(100)
    assert seconds_left(replace(SPEC, minutes=2.5), done, 80) == pytest.approx(90)
    assert seconds_left(replace(SPEC, minutes=20.0), done, 80) == pytest.approx(100)
    assert seconds_left(replace(SPEC, minutes=0.5), done, 80) == 0
    assert seconds_left(SPEC, done[:1], 80) is None


def test_progress_is_of_pictures_or_minutes_whichever_is_further() -> None:
    run = Run(id="r", study_id="s", spec=replace(SPEC, minutes=2.0), created_at=now())
    done = [iteration(n, 10.0) for n in range(3)]
    status = RunStatus(run=run, state="running", made=24, failed=0, eta_s=None, iterations=done, error=None)
    assert status.share == pytest.approx(0.25)
    assert replace(status, made=600).share == pytest.approx(0.75)


def test_minutes_end_a_run_with_the_batch_in_hand(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 8))
    run = studio.running.illuminate(study, 1_000_000, minutes=1e-9)
    work(studio, run)
    assert studio.store.items.count(study.id, run.id) == 8


def test_a_run_that_finds_nothing_new_ends_after_its_patience(studio: Studio) -> None:
    study = studio.studies.create(
        "Small", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="even", dims=(2, 2)
    )
    work(studio, studio.studies.populate(study, 40))
    run = studio.running.illuminate(study, 400, patience=2)
    work(studio, run)
    told = studio.store.runs.iterations(run.id)
    assert 2 <= len(told) < 50
    news = [sum(s.opened + s.bettered for s in i.shares.values()) for i in told]
    assert news[-2:] == [0, 0]
    assert all(any(pair) for pair in pairwise(news[:-1]))


def test_steps_that_rest_in_between_count_for_nothing(
    studio: Studio, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("qdhf.studio.engine.time.monotonic", lambda: clock[0])
    run, engine = studio.studies.populate(study, 4), studio.engine
    plan = engine.ask(run.id, 0)
    clock[0] += 1000  # a pause
    make = engine.evaluator.evaluate
    monkeypatch.setattr(engine.evaluator, "evaluate", lambda *a: (clock.__setitem__(0, clock[0] + 5), make(*a))[1])
    made = engine.make(run.id, 0, plan)
    clock[0] += 1000
    engine.store_made(run.id, 0, plan, made)
    assert [i.seconds for i in studio.store.runs.iterations(run.id)] == [5.0]


@pytest.mark.parametrize(
    ("wish", "words"), [({"minutes": -1.0}, "number of minutes"), ({"patience": -1}, "anything new")]
)
def test_limits_that_make_no_sense_are_refused(
    studio: Studio, study: Study, wish: dict[str, float], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        studio.running.illuminate(study, 8, **wish)


def test_a_run_near_an_item_makes_variations_of_it_alone(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 8))
    item = studio.store.items.of_study(study.id)[3]
    run = studio.running.illuminate(study, 12, near=item.id, sigma=0.2)
    work(studio, run)
    made = studio.running.newest_items(study, 12, run)
    assert len({i.blob for i in made}) == 12
    for child in made:
        assert child.genome is not None
        assert item.genome is not None
        assert child.genome.parents == (item.id,)
        (step,) = child.genome.path
        assert step.sigma in (0.1, 0.2, pytest.approx(0.32))
        assert replace(child.genome, path=(), parents=(), emitter="fresh") == item.genome
    assert [i.shares["mutation"].made for i in studio.store.runs.iterations(run.id)] == [8, 4]


def test_only_items_of_the_study_that_were_generated_have_variations(studio: Studio, study: Study) -> None:
    other = studio.studies.create("Other", prompts=["x"], generator=GeneratorSpec(name="planted"), encoder="pixels")
    work(studio, studio.studies.populate(study, 3))
    item = studio.store.items.of_study(study.id)[0]
    with pytest.raises(InvalidInput, match="belongs to another study"):
        studio.running.illuminate(other, 8, near=item.id)
    run = studio.store.runs.add(study.id, RunSpec(kind="import", budget=1))
    picture = NewItem(
        kind="image", blob="0" * 64, media_type="image/png", source="mine", run_id=run.id, iteration=0, slot=0
    )
    (imported,) = studio.store.items.add(study.id, [picture])
    with pytest.raises(InvalidInput, match="was imported: how it was made is not known"):
        studio.running.illuminate(study, 8, near=imported.id)
