"""Descriptors through the studio: reports, forecasts, examples, starting from another study."""

from __future__ import annotations

import pytest

from qdhf.errors import InvalidInput, NotEnoughJudgments
from qdhf.studio import Studio
from qdhf.types import GeneratorSpec, Study
from tests.studio.conftest import label, work


def test_health_is_quiet_before_anything_was_learned(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    fit = studio.learning.current(study)
    assert fit is not None
    health = studio.learning.health(study, fit)
    assert (health.over_fitted, health.settle, health.crowded) == (None, None, None)


def test_examples_along_an_axis_run_in_order_and_differ(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 40))
    fit = studio.learning.current(study)
    assert fit is not None
    places = dict(zip(studio.matrices.of(study).ids, fit.projection(studio.matrices.of(study).features), strict=True))
    for axis, items in enumerate(studio.browsing.along_axes(study, fit, 7)):
        along = [places[i.id][axis] for i in items]
        assert along == sorted(along)
        assert len({i.id for i in items}) == len(items) >= 5


def test_a_forecast_needs_twenty_answers(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    with pytest.raises(NotEnoughJudgments, match="about 20 answers to learn from; there are 0"):
        studio.learning.plan(study, 40)


def test_a_forecast_plans_every_answer_and_is_the_same_each_time(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 24))
    label(studio, study, 36)
    plan = studio.learning.plan(study, 40)
    assert [g.name for g in plan.groups] == ["disc", "square"]
    assert sum(g.answers for g in plan.groups) == 40
    assert set(plan.gains) == {25, 50, 100}
    assert all(0 <= gain <= 0.5 for gain in plan.gains.values())
    assert 20 <= plan.answers <= 36
    assert plan == studio.learning.plan(study, 40)


def test_counting_axes_needs_fifty_answers(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    with pytest.raises(NotEnoughJudgments, match="at least 50 answers about many items; got 0"):
        studio.learning.count_axes(study)


def learned(studio: Studio, name: str) -> Study:
    study = studio.studies.create(
        name, prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )
    work(studio, studio.studies.populate(study, 24))
    label(studio, study, 20, name=name)
    studio.learning.fit(study)
    return study


def test_a_start_from_another_study_stays_in_later_versions_until_taken_back(studio: Studio, study: Study) -> None:
    other = learned(studio, "Before")
    work(studio, studio.studies.populate(study, 12))
    studio.learning.current(study)
    assert [s.id for s in studio.learning.starts(study)] == [other.id]
    first = studio.learning.fit(study, start_from=other.id)
    assert (first.report.method, first.report.prior) == ("earlier", f"{other.id}:2")
    assert "the study “Before”" in first.report.note
    label(studio, study, 3)
    again = studio.learning.fit(study)
    assert (again.version, again.report.prior) == (first.version + 1, first.report.prior)
    without = studio.learning.fit(study, start_from="")
    assert (without.report.method, without.report.prior) == ("pca", "")


def test_a_study_without_axes_or_with_another_encoder_is_no_start(studio: Studio, study: Study) -> None:
    other = studio.studies.create("Empty", prompts=["x"], generator=GeneratorSpec(name="planted"), encoder="pixels")
    work(studio, studio.studies.populate(study, 12))
    assert studio.learning.starts(study) == []
    with pytest.raises(InvalidInput, match="“Empty” has no axes yet"):
        studio.learning.fit(study, start_from=other.id)


def test_pixels_know_no_words(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    fit = studio.learning.current(study)
    assert fit is not None
    assert not studio.learning.knows_words(study)
    assert studio.learning.suggest_names(study, fit) is None
