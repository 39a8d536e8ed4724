"""Leaving a rater out: fits, questions, groups and figures follow, and nothing is deleted."""

from __future__ import annotations

import numpy as np
import pytest

from qdhf.errors import InvalidInput
from qdhf.judgments.answers import to_answers
from qdhf.studio import Studio
from qdhf.studio.learning import seen_first
from qdhf.types import AnswerEvent, NewQuestion, Person, Study
from tests.studio.conftest import label, work

ANNA = Person(name="Anna", role="curator", subject="anna@example.org")


@pytest.fixture
def answered(studio: Studio, study: Study) -> Study:
    """24 pictures, 20 answers of Anna's and 16 of Lena's."""
    work(studio, studio.studies.populate(study, 24))
    label(studio, study, 20, name="anna")
    label(studio, study, 16, name="lena")
    return study


def test_answers_of_one_left_out_teach_nothing_until_let_in_again(studio: Studio, answered: Study) -> None:
    lena = studio.labelling.rater(answered, "lena")
    whole = studio.learning.fit(answered)
    assert studio.learning.answers_since(answered, whole) == 0
    studio.rating.exclude(lena, "hardly looked", ANNA)
    assert {j.rater_id for j in studio.learning.answers(answered)} == {studio.labelling.rater(answered, "anna").id}
    assert studio.learning.answers_since(answered, whole) == 16
    assert studio.learning.exclusions_changed(answered, whole)
    without = studio.learning.fit(answered)
    assert (without.judgments, without.report.excluded, without.version) == (20, (lena.id,), whole.version + 1)
    assert studio.learning.answers_since(answered, without) == 0
    assert studio.store.judgments.count(answered.id) == 36
    studio.rating.let_in(lena, ANNA)
    assert studio.learning.answers_since(answered, without) == 16
    again = studio.learning.fit(answered)
    assert (again.judgments, again.report.excluded, again.version) == (36, (), whole.version + 2)
    assert studio.learning.answers_since(answered, again) == 0


def test_only_answers_of_the_others_count_in_a_fit(studio: Studio, answered: Study) -> None:
    studio.rating.exclude(studio.labelling.rater(answered, "lena"), "", ANNA)
    made = studio.learning.fit(answered, key="without")
    ids = studio.matrices.of(answered).ids
    kept = to_answers(ids, studio.learning.answers(answered))
    alone = [j for j in studio.store.judgments.standing(answered.id) if j.event_id.startswith("anna")]
    expected = to_answers(ids, alone)
    assert np.array_equal(kept.triplets.items, expected.triplets.items)
    assert made.report.n_train + made.report.n_held_out == len(expected)


def test_a_fit_of_before_and_after_the_same_exclusions_is_up_to_date(studio: Studio, answered: Study) -> None:
    fit, lena = studio.learning.fit(answered), studio.labelling.rater(answered, "lena")
    studio.rating.exclude(lena, "", ANNA)
    studio.rating.let_in(lena, ANNA)
    assert studio.learning.answers_since(answered, fit) == 0
    assert not studio.learning.exclusions_changed(answered, fit)


def test_leaving_somebody_out_who_never_answered_still_shows(studio: Studio, answered: Study) -> None:
    fit = studio.learning.fit(answered)
    studio.rating.exclude(studio.labelling.rater(answered, "nobody yet"), "", ANNA)
    assert studio.learning.answers_since(answered, fit) == 1


def test_what_the_fit_before_had_seen_is_told_apart_after_an_exclusion(studio: Studio, answered: Study) -> None:
    anna, lena = (studio.labelling.rater(answered, name) for name in ("anna", "lena"))
    whole = studio.learning.fit(answered)
    studio.rating.exclude(lena, "", ANNA)
    question = studio.labelling.queue(answered, anna)[0]
    studio.labelling.record(anna, [AnswerEvent(event_id="later", question_id=question.id, closer="a")])
    record = studio.store.judgments.standing(answered.id)
    ordered, before = seen_first(record, studio.learning.answers(answered), whole)
    assert before is not None
    assert before.judgments == 20
    assert [j.event_id for j in ordered[20:]] == ["later"]
    without = studio.learning.fit(answered)
    studio.rating.let_in(lena, ANNA)
    ordered, before = seen_first(record, studio.learning.answers(answered), without)
    assert before is not None
    assert before.judgments == 21
    assert {j.rater_id for j in ordered[:21]} == {anna.id}
    assert {j.rater_id for j in ordered[21:]} == {lena.id}
    assert seen_first(record, record, None) == (record, None)


def test_one_left_out_goes_on_labelling_and_is_still_reported(studio: Studio, answered: Study) -> None:
    lena = studio.labelling.rater(answered, "lena")
    studio.rating.exclude(lena, "hardly looked", ANNA)
    question = studio.labelling.queue(answered, lena)[0]
    studio.labelling.record(lena, [AnswerEvent(event_id="on", question_id=question.id, closer="a")])
    people = {person.rater.name: person for person in studio.rating.people(answered)}
    assert list(people) == ["anna", "lena"]
    assert people["lena"].report.answers == 17
    assert people["lena"].exclusion is not None
    assert (people["lena"].exclusion.reason, people["lena"].exclusion.by) == ("hardly looked", "anna@example.org")
    assert people["anna"].exclusion is None
    assert studio.learning.answers_since(answered, studio.learning.fit(answered)) == 0


def test_which_is_better_teaches_no_axes(studio: Studio, answered: Study) -> None:
    anna, (one, two) = studio.labelling.rater(answered, "anna"), studio.matrices.of(answered).ids[:2]
    fit = studio.learning.fit(answered)
    new = NewQuestion(reference=one, a=one, b=two, left="a", strategy="informative", kind="better", shown=(one, two))
    question = studio.store.judgments.reserve(answered.id, anna.id, [new])[0]
    studio.labelling.record(anna, [AnswerEvent(event_id="better", question_id=question.id, closer="a")])
    assert studio.learning.answers_since(answered, fit) == 0
    assert "better" not in {j.kind for j in studio.learning.answers(answered)}


def test_a_fit_on_record_says_whom_it_left_out(studio: Studio, answered: Study) -> None:
    lena = studio.labelling.rater(answered, "lena")
    studio.rating.exclude(lena, "", ANNA)
    fit = studio.learning.fit(answered)
    assert studio.store.fits.get(answered.id, fit.version).report.excluded == (lena.id,)
    assert studio.store.fits.get(answered.id, 1).report.excluded == ()


def test_too_long_a_reason_is_refused(studio: Studio, answered: Study) -> None:
    with pytest.raises(InvalidInput, match="up to 400 characters; this one has 401"):
        studio.rating.exclude(studio.labelling.rater(answered, "lena"), "x" * 401, ANNA)
    assert studio.rating.excluded(answered) == {}
