"""The studio as one person sees it refuses what they may not, and lets everything else through unchanged."""

from __future__ import annotations

import pytest

from qdhf.errors import NotAllowed
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.studio.seen import RECHECK_S, SeenStudio
from qdhf.types import AnswerEvent, GeneratorSpec, Person, Question, Rater, Role, Study
from tests.storage_fixtures import add_items, ask
from tests.studio.conftest import work

BEN = "ben@example.org"


@pytest.fixture
def other(studio: Studio) -> Study:
    return studio.studies.create(
        "Other", prompts=["disc"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="colour"
    )


@pytest.fixture
def full(studio: Studio, study: Study) -> Study:
    work(studio, studio.studies.populate(study, 6))
    return study


def person(role: Role) -> Person:
    return Person(name="Ben", role=role, subject=BEN)


def holder(studio: Studio, study: Study, name: str = "Mira") -> Person:
    return studio.access.invited(studio.access.invite(study, name, LOCAL).id)


def own(seen: Studio, study: Study, who: Person) -> Rater:
    rater = seen.access.own_rater(study, who)
    assert rater is not None
    return rater


def event(question: Question, event_id: str = "e1") -> AnswerEvent:
    return AnswerEvent(event_id=event_id, question_id=question.id, closer="a")


def test_a_viewer_looks_and_changes_nothing(studio: Studio, full: Study) -> None:
    studio.access.set_role(BEN, "viewer", LOCAL)
    seen = studio.seen_by(person("viewer"))
    assert seen.studies.all() == [full]
    assert seen.browsing.map(full).view.coverage == studio.browsing.map(full).view.coverage
    with pytest.raises(NotAllowed, match="needs the role curator or more; yours is viewer"):
        seen.studies.populate(full, 4)
    with pytest.raises(NotAllowed, match="needs the role rater or more"):
        seen.labelling.queue(full, studio.labelling.rater(full, "Ben"))
    assert len(studio.running.of_study(full)) == 1
    assert [seen.may(m) for m in (seen.studies.all, seen.learning.fit)] == [True, False]
    assert studio.may(studio.learning.fit)


def test_arguments_by_name_and_results_pass_through(studio: Studio, study: Study) -> None:
    run = studio.seen_by(LOCAL).studies.populate(study, images=3, batch=2)
    assert studio.running.status(run).run.spec.batch == 2


def test_who_signed_in_answers_as_nobody_else(studio: Studio, full: Study) -> None:
    studio.access.set_role(BEN, "curator", LOCAL)
    ben = person("curator")
    seen = studio.seen_by(ben)
    rater = own(seen, full, ben)
    question = seen.labelling.queue(full, rater)[0]
    assert seen.labelling.record(rater, [event(question)]) == ["e1"]
    anna = studio.labelling.rater(full, "anna")
    hers = studio.labelling.queue(full, anna)
    for forbidden in (
        lambda: seen.labelling.queue(full, anna),
        lambda: seen.labelling.record(anna, [event(hers[0], "e2")]),
        lambda: seen.labelling.pictures(hers),
        lambda: seen.access.own_rater(full, LOCAL),
    ):
        with pytest.raises(NotAllowed, match=r"another person's|somebody else"):
            forbidden()
    with pytest.raises(NotAllowed, match="A page cannot do this"):
        seen.labelling.rater(full, "anna")
    with pytest.raises(NotAllowed):
        seen.labelling.record(rater, [event(hers[0], "e3")])
    assert studio.labelling.answered(full) == 1
    assert seen.rating.reports(full)  # looking at others' figures is another matter


def test_a_local_person_goes_by_any_name_but_not_by_an_invited_or_signed_in_one(studio: Studio, full: Study) -> None:
    seen = studio.seen_by(LOCAL)
    mira = studio.access.own_rater(full, holder(studio, full))
    assert mira is not None
    assert mira.name == "Mira"
    local = seen.labelling.rater(full, "Mira")
    assert local.name == "Mira (2)"
    assert seen.labelling.queue(full, local)
    with pytest.raises(NotAllowed, match="another person's"):
        seen.labelling.queue(full, mira)


def test_an_invitation_labels_its_study_and_nothing_else(studio: Studio, full: Study, other: Study) -> None:
    items = add_items(studio.store, other, 3)
    mira = holder(studio, full)
    seen = studio.seen_by(mira)
    rater = own(seen, full, mira)
    questions = seen.labelling.queue(full, rater)
    assert set(seen.labelling.pictures(questions)) >= {questions[0].reference}
    assert seen.labelling.record(rater, [event(questions[0])]) == ["e1"]
    assert seen.studies.get(full.id) == full
    elsewhere = studio.store.judgments.rater(other.id, "Mira", invite_id=mira.invite_id)
    for forbidden in (
        lambda: seen.studies.get(other.id),
        lambda: seen.studies.item_count(study=other),
        lambda: seen.labelling.queue(other, rater),
        lambda: seen.labelling.queue(full, elsewhere),
        lambda: seen.access.own_rater(other, mira),
        lambda: seen.labelling.pictures([*questions, *ask(studio.store, elsewhere, items)]),
    ):
        with pytest.raises(NotAllowed, match="Your invitation is for another study"):
            forbidden()
    for forbidden in (seen.studies.all, lambda: seen.browsing.map(full), lambda: seen.access.invites(full)):
        with pytest.raises(NotAllowed, match="lets you label its study, and nothing else"):
            forbidden()
    ana = own(studio.seen_by(ana_person := holder(studio, full, "Ana")), full, ana_person)
    with pytest.raises(NotAllowed, match="another person's"):
        seen.labelling.answered(full, ana)


def test_the_store_and_what_use_cases_stand_on_are_out_of_reach(studio: Studio, study: Study) -> None:
    for role in ("viewer", "rater", "curator"):
        seen = studio.seen_by(person(role))  # type: ignore[arg-type]
        for name in ("store", "engine", "matrices", "seen_by", "_store", "nonsense"):
            with pytest.raises(NotAllowed, match="is no use-case"):
                getattr(seen, name)
    with pytest.raises(NotAllowed, match=r"store.* is no use-case"):
        _ = studio.seen_by(LOCAL).store
    with pytest.raises(NotAllowed, match=r"learning\.matrices.* is no use-case"):
        _ = studio.seen_by(LOCAL).learning.matrices
    with pytest.raises(NotAllowed, match="A page cannot do this"):
        studio.seen_by(LOCAL).exporting.write("x")


def test_a_role_or_an_invitation_taken_away_ends_within_seconds(studio: Studio, full: Study) -> None:
    seconds = [0.0]
    invite = studio.access.invite(full, "Mira", LOCAL)
    mira = studio.access.invited(invite.id)
    studio.access.set_role(BEN, "curator", LOCAL)
    invited = SeenStudio(studio, mira, clock=lambda: seconds[0])
    member = SeenStudio(studio, person("curator"), clock=lambda: seconds[0])
    rater = invited.access.own_rater(full, mira)
    studio.access.revoke(invite, LOCAL)
    studio.access.set_role(BEN, "viewer", LOCAL)
    seconds[0] = RECHECK_S
    with pytest.raises(NotAllowed, match="withdrawn"):
        invited.labelling.queue(full, rater)
    with pytest.raises(NotAllowed, match="yours is viewer"):
        member.learning.fit(full)
    assert member.studies.all()
