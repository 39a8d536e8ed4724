"""Questions and answers through the studio."""

from __future__ import annotations

import pytest

from qdhf.errors import NotEnoughItems
from qdhf.studio import Studio
from qdhf.types import AnswerEvent, Study
from tests.studio.conftest import label, work


def test_questions_need_three_items(studio: Studio, study: Study) -> None:
    with pytest.raises(NotEnoughItems):
        studio.labelling.queue(study, studio.labelling.rater(study, "anna"))


def test_a_fifth_of_the_questions_is_random_and_none_shows_an_item_twice(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 24))
    questions = studio.labelling.queue(study, studio.labelling.rater(study, "anna"), 50)
    share = sum(q.strategy == "random" for q in questions) / len(questions)
    assert 0.1 <= share <= 0.3
    assert all(len({q.reference, q.a, q.b}) == 3 for q in questions)


def test_a_reload_gets_the_same_questions(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    rater = studio.labelling.rater(study, "anna")
    first = studio.labelling.queue(study, rater)
    assert Studio(studio.store).labelling.queue(study, rater) == first


def test_a_full_history_undone_to_zero(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    rater = studio.labelling.rater(study, "anna")
    label(studio, study, 15)
    given = studio.store.judgments.standing(study.id)
    undo = [
        AnswerEvent(event_id=f"u{j.event_id}", question_id=str(j.question_id), undoes=j.event_id) for j in given[::-1]
    ]
    studio.labelling.record(rater, undo)
    assert studio.labelling.answered(study) == 0
    assert len(studio.store.judgments.every(study.id)) == 15
    assert studio.learning.fit(study).report.n_train == 0


def test_a_fit_says_how_far_to_trust_it(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 24))
    unlearned = studio.learning.current(study)
    assert unlearned is not None
    assert unlearned.report.n_train == 0
    assert unlearned.report.note
    label(studio, study, 60)
    fit = studio.learning.fit(study)
    assert fit.version == unlearned.version + 1
    assert fit.report.held_out is not None
    assert fit.report.baseline is not None
    assert fit.report.held_out.low <= fit.report.held_out.value <= fit.report.held_out.high
    assert fit.report.n_train + fit.report.n_held_out <= 60
    assert studio.learning.fit(study).id == fit.id  # nothing new to learn: no new version
    assert [f.version for f in studio.learning.versions(study)] == [1, 2]
