"""Questions and answers through the studio."""

from __future__ import annotations

import pytest

from qdhf.errors import NotEnoughItems
from qdhf.judgments.triplets import asked
from qdhf.studio import Studio
from qdhf.types import AnswerEvent, QuestionKind, Study
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


@pytest.mark.parametrize("kind", ["triplet", "odd", "grid", "better"])
def test_two_raters_never_hold_the_same_question(studio: Studio, study: Study, kind: QuestionKind) -> None:
    work(studio, studio.studies.populate(study, 12))
    raters = [studio.labelling.rater(study, name) for name in ("anna", "ben", "cleo")]
    queues = [studio.labelling.queue(study, rater, 20, kind=kind) for rater in raters]
    assert all(q.kind == kind for queue in queues for q in queue)
    keys = [asked(q) for queue in queues for q in queue]
    assert len(set(keys)) == len(keys) >= 30


def test_a_switch_of_kinds_keeps_what_was_reserved(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    rater = studio.labelling.rater(study, "anna")
    triplets = studio.labelling.queue(study, rater)
    grid = studio.labelling.queue(study, rater, kind="grid")
    assert {len(q.shown) for q in grid} == {9}
    assert studio.labelling.queue(study, rater) == triplets
    assert studio.labelling.queue(study, rater, kind="grid") == grid


def test_the_instructions_say_how_large_a_grid_is_and_in_what_sense_to_compare(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    studio.guides.write(study, kind="grid", candidates=5, pick=1, aspects=["colour"])
    grid = studio.labelling.queue(study, studio.labelling.rater(study, "anna"), kind="grid")
    assert {(len(q.shown), q.aspect) for q in grid} == {(6, "colour")}


def test_undo_reaches_further_back_as_it_goes(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    rater = studio.labelling.rater(study, "anna")
    label(studio, study, 15)
    for left in range(15, 0, -1):
        past = studio.labelling.past(study, rater, "triplet", 4)
        assert [j.event_id for _, j in past] == [f"anna-{n}" for n in range(max(0, left - 4), left)]
        assert all(q.id == j.question_id for q, j in past)
        question, last = past[-1]
        undo = AnswerEvent(event_id=f"undo-{left}", question_id=question.id, undoes=last.event_id)
        assert studio.labelling.record(rater, [undo]) == [undo.event_id]
    assert studio.labelling.past(study, rater, "triplet") == []
    assert studio.labelling.useful(study, rater) == 0


def test_questions_of_others_are_not_ones_own(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    anna, ben = studio.labelling.rater(study, "anna"), studio.labelling.rater(study, "ben")
    hers, his = studio.labelling.queue(study, anna)[0], studio.labelling.queue(study, ben)[0]
    assert studio.labelling.asked(anna, [hers.id, his.id, hers.id]) == {hers.id: hers}


def test_which_is_better_teaches_no_axes_but_counts_as_an_answer(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 12))
    rater = studio.labelling.rater(study, "anna")
    for n in range(30):
        question = studio.labelling.queue(study, rater, kind="better")[0]
        studio.labelling.record(rater, [AnswerEvent(event_id=f"b{n}", question_id=question.id, closer="a")])
    assert studio.labelling.useful(study, rater) == 30
    assert studio.learning.answers(study) == []
    assert studio.learning.fit(study).report.n_train == 0


def test_a_rater_is_told_what_the_last_answers_moved(studio: Studio, study: Study) -> None:
    work(studio, studio.studies.populate(study, 24))
    rater = studio.labelling.rater(study, "anna")
    before = studio.labelling.encouragement(study, rater)
    assert (before.pace, before.points, before.moved, before.rest) == (None, [], 0, False)
    label(studio, study, 40)
    studio.labelling.working.wait()
    label(studio, study, 10, name="ben")
    studio.labelling.working.wait()
    told = studio.labelling.encouragement(study, rater)
    assert told.pace is not None
    assert len(told.points) == 24
    assert all(len(point) == 4 and all(0 <= x <= 1 for x in point) for point in told.points)
    assert any(point[:2] != point[2:] for point in told.points)
