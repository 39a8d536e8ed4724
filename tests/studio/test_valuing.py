"""What quality is: measured, preferred, or both; everything that shows or seeks quality follows."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.studio import Studio
from qdhf.types import AnswerEvent, Study
from tests.studio.conftest import work


@pytest.fixture
def full(studio: Studio, study: Study) -> Study:
    work(studio, studio.studies.populate(study, 24))
    return study


def prefer(studio: Studio, study: Study, count: int, name: str = "anna", *, worst: bool = True) -> None:
    """Answers by somebody who likes what the measure calls bad."""
    rater, matrix = studio.labelling.rater(study, name), studio.matrices.measured(study)
    quality = dict(zip(matrix.ids, matrix.quality, strict=True))
    for n in range(count):
        q = studio.labelling.queue(study, rater, kind="better")[0]
        closer = "a" if (quality[q.a] < quality[q.b]) == worst else "b"
        studio.labelling.record(rater, [AnswerEvent(event_id=f"{name}-{n}", question_id=q.id, closer=closer)])  # type: ignore[arg-type]


def test_until_somebody_says_otherwise_quality_is_what_is_measured(studio: Studio, full: Study) -> None:
    assert studio.valuing.aim(full).weights == {"measured": 1.0}
    assert studio.matrices.of(full) is studio.matrices.measured(full)
    prefer(studio, full, 30)
    assert studio.matrices.of(full) is studio.matrices.measured(full)


def test_what_people_prefer_becomes_the_quality(studio: Studio, full: Study) -> None:
    prefer(studio, full, 60)
    studio.valuing.set_aim(full, {"measured": 0.0, "preferred": 1.0})
    measured, sought = studio.matrices.measured(full), studio.matrices.of(full)
    assert np.corrcoef(measured.quality, sought.quality)[0, 1] < -0.8
    studio.learning.fit(full)
    best = studio.browsing.detail(full, sought.ids[int(np.argmax(sought.quality))])
    assert best.quality == pytest.approx(float(sought.quality.max()))


def test_a_mixture_lies_between_and_the_last_aim_stands(studio: Studio, full: Study) -> None:
    prefer(studio, full, 60)
    measured = studio.matrices.measured(full).quality
    studio.valuing.set_aim(full, {"preferred": 1.0})
    alone = studio.matrices.of(full).quality
    studio.valuing.set_aim(full, {"measured": 3.0, "preferred": 1.0})
    assert studio.matrices.of(full).quality == pytest.approx(0.75 * measured + 0.25 * alone, abs=1e-6)
    studio.valuing.set_aim(full, {"measured": 1.0, "preferred": 1.0}, "weakest")
    assert studio.matrices.of(full).quality == pytest.approx(np.minimum(measured, alone), abs=1e-6)
    again = Studio(studio.store)
    assert again.valuing.aim(full).how == "weakest"
    assert again.matrices.of(full).quality == pytest.approx(studio.matrices.of(full).quality)


def test_new_answers_and_excluded_raters_are_followed(studio: Studio, full: Study) -> None:
    prefer(studio, full, 40)
    studio.valuing.set_aim(full, {"preferred": 1.0})
    before = studio.matrices.of(full).quality
    prefer(studio, full, 40, "ben", worst=False)
    mixed = studio.matrices.of(full).quality
    assert not np.allclose(before, mixed)
    ben = studio.labelling.rater(full, "ben")
    studio.store.exclusions.exclude(ben.id, excluded=True, reason="test", by="test")
    assert studio.matrices.of(full).quality == pytest.approx(before)


def test_too_few_answers_leave_the_measure_and_say_how_many_are_missing(studio: Studio, full: Study) -> None:
    prefer(studio, full, 4)
    studio.valuing.set_aim(full, {"preferred": 1.0})
    assert studio.matrices.of(full) is studio.matrices.measured(full)
    liking = studio.valuing.liking(full)
    assert (liking.answers, liking.missing, liking.accuracy) == (4, 6, None)


def test_how_far_a_preference_can_be_told_is_measured_on_random_pairs(studio: Studio, full: Study) -> None:
    prefer(studio, full, 80)
    liking = studio.valuing.liking(full)
    assert (liking.answers, liking.missing) == (80, 0)
    assert liking.accuracy is not None
    asked = [j for j in studio.store.judgments.standing(full.id) if j.strategy == "random"]
    assert liking.accuracy.n == len(asked)
    assert liking.accuracy.value > 0.7


def test_weights_that_make_no_sense_change_nothing(studio: Studio, full: Study) -> None:
    with pytest.raises(InvalidInput, match="at least one above 0"):
        studio.valuing.set_aim(full, {"measured": 0.0})
    with pytest.raises(InvalidInput, match="no measure 'beauty'"):
        studio.valuing.set_aim(full, {"beauty": 1.0})
    assert studio.valuing.aim(full).created_at is None


def test_an_aim_needs_a_study(studio: Studio, full: Study) -> None:
    from dataclasses import replace

    with pytest.raises(NotFound):
        studio.valuing.set_aim(replace(full, id="nowhere"), {"measured": 1.0})
