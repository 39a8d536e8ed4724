"""What a study rules out, from the setting to the map and to what a run tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.search.counting import COPY, COUNTS
from qdhf.studio import Studio
from qdhf.types import Genome, RunSpec, Study
from tests.studio.conftest import label, work


def make_again(studio: Studio, study: Study, genomes: Sequence[Genome | None]) -> None:
    """A run that draws ``genomes``, which were drawn before."""
    from qdhf.types import genome_record

    run = studio.store.runs.add(study.id, RunSpec(kind="populate", budget=len(genomes), batch=len(genomes)))
    plan = studio.engine.ask(run.id, 0) | {"genomes": [genome_record(g) for g in genomes if g]}
    studio.engine.store_made(run.id, 0, plan, studio.engine.make(run.id, 0, plan))


def test_near_copies_are_kept_and_counted_but_are_no_elites(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    studio.learning.fit(study, key="first")
    items = studio.store.items.of_study(study.id)
    studio.valuing.count_only(study, alike=0.9999)
    make_again(studio, study, [i.genome for i in items[:4]])
    matrix = studio.matrices.of(study)
    assert matrix.ruled_out is not None
    assert matrix.ruled_out.tolist() == [COUNTS] * 12 + [COPY] * 4
    assert studio.valuing.ruled_out(study) == (0, 4)
    assert studio.store.items.count(study.id) == 16
    found = studio.browsing.map(study)
    assert set(found.view.elite_rows.tolist()) <= set(range(12))
    assert len(studio.mapping.sheet(study)) == 12
    run = studio.store.runs.of_study(study.id)[0]
    assert [(i.items, i.off, i.copies) for i in studio.store.runs.iterations(run.id)] == [(4, 0, 4)]


def test_a_run_tells_what_did_not_fit_and_such_pictures_open_nothing(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    least = float(np.median(studio.matrices.of(study).quality))
    studio.valuing.count_only(study, least=least)
    run = studio.running.illuminate(study, 16)
    work(studio, run)
    matrix, own = studio.matrices.of(study), {i.id for i in studio.running.newest_items(study, 16, run)}
    rows = [row for row, item in enumerate(matrix.ids) if item in own]
    told = studio.store.runs.iterations(run.id)
    assert sum(i.off for i in told) == int((matrix.quality[rows] < least).sum())
    elites = studio.browsing.map(study).view.elite_rows
    assert matrix.quality[elites].min() >= least
    gained = sum(s.opened + s.bettered for i in told for s in i.shares.values())
    assert gained <= 16 - sum(i.off for i in told)
    worst = studio.store.items.of_study(study.id)[int(matrix.quality[:16].argmin())]
    make_again(studio, study, [worst.genome])
    (last,) = studio.store.runs.iterations(studio.store.runs.of_study(study.id)[0].id)
    assert last.off == 1


def test_taking_the_rules_back_brings_everything_back(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    before = studio.browsing.map(study).view
    studio.valuing.count_only(study, least=0.99, alike=0.5)
    assert studio.browsing.map(study).view.coverage < before.coverage
    studio.valuing.set_aim(study, {"measured": 2.0})  # weights leave the rules alone
    assert (studio.valuing.aim(study).least, studio.valuing.aim(study).alike) == (0.99, 0.5)
    studio.valuing.count_only(study)
    after = studio.browsing.map(study)
    assert after.view.elites.tolist() == before.elites.tolist()
    assert after.matrix.ruled_out is None


def test_axes_are_learned_from_all_items_whatever_counts(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 16))
    label(studio, study, 24)
    plain = studio.learning.fit(study, key="plain")
    studio.valuing.count_only(study, least=0.99)
    ruled = studio.learning.fit(study, key="ruled")
    assert ruled.report.n_train == plain.report.n_train


@pytest.mark.parametrize(("rule", "words"), [({"least": 1.2}, "least agreement"), ({"alike": 0.0}, "cosine above 0")])
def test_rules_that_make_no_sense_are_refused(studio: Studio, study: Study, rule: dict[str, float], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        studio.valuing.count_only(study, **rule)
