"""Raters as the page sees them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qdhf.errors import NotEnoughJudgments
from qdhf.studio import Studio
from qdhf.studio.rating import Minds
from qdhf.types import Study
from tests.several_minds import LOOK, PLACE, rate
from tests.studio.conftest import label, work


@pytest.fixture
def two_raters(studio: Studio, study: Study) -> Study:
    """Twenty pictures, and two people who look at different things."""
    work(studio, studio.studies.populate(study, 20))
    rate(studio, study, "Rose", LOOK, 40, seed=0)
    rate(studio, study, "Jon", PLACE, 40, seed=1)
    return study


def minds(studio: Studio, study: Study) -> Minds:
    """As found, but taken apart into one group per rater, so that what follows does not hang on how clear they are."""
    found = studio.rating.groups(study)
    only = found.groups.groups[0]
    parts = []
    for axis, rater in enumerate(found.groups.raters):
        axes = only.axes.projection
        weights = np.zeros_like(axes.weights)
        weights[axis] = axes.weights[axis]
        parts.append(replace(only, raters=(rater,), axes=replace(only.axes, projection=replace(axes, weights=weights))))
    return Minds(groups=replace(found.groups, groups=tuple(parts)), members=found.members)


def test_what_groups_need_is_said_until_it_is_there(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 8))
    assert "nobody has that many" in studio.rating.missing(study)
    label(studio, study, 20, "anna")
    assert "one person has that many" in studio.rating.missing(study)
    with pytest.raises(NotEnoughJudgments, match="there is 1"):
        studio.rating.groups(study)
    label(studio, study, 20, "ben")
    assert studio.rating.missing(study) == ""


def test_reports_and_agreement_come_from_the_store(studio: Studio, two_raters: Study) -> None:
    assert [(rater.name, report.answers) for rater, report in studio.rating.reports(two_raters)] == [
        ("Rose", 40), ("Jon", 40),
    ]  # fmt: skip
    found = studio.rating.agreement(two_raters)
    assert found.alpha is not None
    assert found.raters == 2
    assert 15 <= found.shared <= 24
    assert found == studio.rating.agreement(two_raters)


def test_groups_are_remembered_until_another_answer_comes_in(studio: Studio, two_raters: Study) -> None:
    assert studio.rating.known_groups(two_raters) is None
    found = studio.rating.groups(two_raters)
    assert studio.rating.known_groups(two_raters) is found
    assert studio.rating.groups(two_raters) is found
    assert sorted(r.name for members in found.members for r in members) == ["Jon", "Rose"]
    label(studio, two_raters, 1, "anna")
    assert studio.rating.known_groups(two_raters) is None


def test_banned_pictures_are_neither_examples_nor_chosen(studio: Studio, two_raters: Study) -> None:
    found = minds(studio, two_raters)
    items = studio.store.items.newest(two_raters.id, 20)
    for item in items[:11]:
        studio.curating.mark(two_raters, item, "ban")
    left = {item.id for item in items[11:]}
    choice = studio.rating.fair(two_raters, found, k=9)
    assert {item.id for item in choice.items} == {item.id for item in choice.for_everyone} == left
    assert choice.coverage == choice.coverage_for_everyone == (1.0, 1.0)
    examples = studio.rating.examples(two_raters, found, count=3)
    assert len(examples) == 3
    assert {item.id for e in examples for item in (e.reference, e.a, e.b)} <= left


def test_the_fair_set_serves_the_group_worst_off_at_least_as_well(studio: Studio, two_raters: Study) -> None:
    choice = studio.rating.fair(two_raters, minds(studio, two_raters), k=5)
    assert len({item.id for item in choice.items}) == len(choice.for_everyone) == 5
    assert min(choice.coverage) >= min(choice.coverage_for_everyone)
    for part, regions in zip(choice.coverage, choice.regions, strict=True):
        assert round(part * regions, 9).is_integer()
