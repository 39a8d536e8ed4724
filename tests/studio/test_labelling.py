"""Questions and answers through the studio."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qdhf.errors import InvalidInput, NotEnoughItems, NotFound
from qdhf.studio import Studio
from qdhf.studio.judgment_files import read_judgments, write_judgments
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


def test_judgments_go_out_and_come_back(studio: Studio, study: Study, tmp_path: Path) -> None:
    work(studio, studio.studies.populate(study, 12))
    label(studio, study, 10)
    file = tmp_path / "answers.jsonl"
    assert write_judgments(file, studio.store, study) == 10
    assert read_judgments(file, studio.store, study) == (0, 10)
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("\n".join(json.dumps(r | {"event_id": "new-" + r["event_id"], "rater": "ben"}) for r in rows))
    assert read_judgments(file, studio.store, study) == (10, 10)
    assert studio.labelling.answered(study, studio.labelling.rater(study, "ben")) == 10


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "Line 1 is not JSON"),
        ("[]", "needs the fields"),
        ('{"event_id":"e","reference":"x","a":"y","b":"z","closer":"left","rater":"r"}', "closer must be"),
        ('{"event_id":"e","reference":"x","a":"y","b":"z","closer":"a","rater":"r"}', "holds no item"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(
    studio: Studio, study: Study, tmp_path: Path, line: str, words: str
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(line)
    with pytest.raises(InvalidInput, match=words):
        read_judgments(file, studio.store, study)
    with pytest.raises(NotFound):
        read_judgments(tmp_path / "none.jsonl", studio.store, study)
    assert studio.labelling.answered(study) == 0
