"""Writing instructions, taking examples from answers, practising."""

from __future__ import annotations

import pytest

from qdhf.errors import InvalidInput, NotFound
from qdhf.studio import Studio
from qdhf.types import AnswerEvent, Guide, GuideExample, NewItem, NewQuestion, RunSpec, Study
from tests.studio.conftest import work


@pytest.fixture
def ids(studio: Studio, study: Study) -> list[str]:
    """Twelve items, by position."""
    work(studio, studio.studies.populate(study, 12))
    return [item.id for item in studio.store.items.of_study(study.id)]


def asked(studio: Studio, study: Study, name: str, items: list[str], closer: str) -> None:
    """Somebody answers one question about three items."""
    rater = studio.labelling.rater(study, name)
    new = NewQuestion(reference=items[0], a=items[1], b=items[2], left="a", strategy="informative")
    question = studio.store.judgments.reserve(study.id, rater.id, [new])[0]
    event = AnswerEvent(event_id=question.id, question_id=question.id, closer=closer)  # type: ignore[arg-type]
    studio.labelling.record(rater, [event])


def test_what_differs_from_the_version_that_holds_is_the_next_one(studio: Studio, study: Study) -> None:
    assert studio.guides.current(study) == Guide(study_id=study.id)
    assert studio.guides.write(study) == studio.guides.current(study)
    first = studio.guides.write(study, text="Look at the whole ", aspects=["colour "])
    assert (first.version, first.text, first.aspects) == (1, "Look at the whole", ("colour",))
    assert studio.guides.write(study, text="Look at the whole", aspects=["colour"]) == first
    second = studio.guides.write(study, text="Look at the whole", kind="grid", candidates=6, pick=3)
    assert (second.version, second.kind, second.candidates, second.pick) == (2, "grid", 6, 3)
    assert studio.guides.versions(study) == [second, first]
    back = studio.guides.write(study, text="Look at the whole", aspects=["colour"])
    assert (back.version, back.aspects) == (3, ("colour",))


def test_an_example_does_not_tell_its_answer_by_the_order(studio: Studio, ids: list[str]) -> None:
    made = [studio.guides.example(ids[0], near, far) for near in ids[1:6] for far in ids[6:]]
    for example, (near, far) in zip(made, [(n, f) for n in ids[1:6] for f in ids[6:]], strict=True):
        assert {example.a, example.b} == {near, far}
        assert (example.a if example.closer == "a" else example.b) == near
    assert 8 <= sum(example.closer == "a" for example in made) <= 22  # of 30
    swapped = studio.guides.example(ids[0], ids[6], ids[1])
    assert (swapped.a, swapped.b, swapped.closer != made[0].closer) == (made[0].a, made[0].b, True)


def test_clear_cases_are_what_everybody_answered_alike_without_those_left_out(
    studio: Studio, study: Study, ids: list[str]
) -> None:
    for name, closer in (("anna", "a"), ("ben", "a"), ("lena", "b")):
        asked(studio, study, name, ids[:3], closer)
        asked(studio, study, name, ids[3:6], "b")
        asked(studio, study, name, ids[6:9], closer)
    assert [(one.example, one.people) for one in studio.guides.agreed(study)] == [
        (studio.guides.example(ids[3], ids[5], ids[4]), 3)
    ]
    studio.store.exclusions.exclude(studio.labelling.rater(study, "lena").id, True, "", "")
    found = studio.guides.agreed(study)
    assert [one.people for one in found] == [2, 2, 2]
    assert found[0].example == studio.guides.example(ids[0], ids[1], ids[2])
    assert len(studio.guides.agreed(study, 1)) == 1


def test_a_rater_practises_once_until_the_practice_changes(studio: Studio, study: Study, ids: list[str]) -> None:
    rater, other = (studio.labelling.rater(study, name) for name in ("anna", "ben"))
    assert not studio.guides.wants_practice(rater, studio.guides.current(study))
    one, two = (studio.guides.example(*ids[i : i + 3]) for i in (0, 3))
    guide = studio.guides.write(study, practice=[one, two])
    assert studio.guides.wants_practice(rater, guide)
    studio.guides.note_practice(rater, guide, 1)
    (done,) = studio.guides.practice(rater)
    assert (done.guide, done.right, done.asked) == (1, 1, 2)
    assert not studio.guides.wants_practice(rater, guide)
    assert studio.guides.wants_practice(other, guide)
    reworded = studio.guides.write(study, text="Only other words", practice=[one, two])
    assert not studio.guides.wants_practice(rater, reworded)
    assert studio.guides.wants_practice(rater, studio.guides.write(study, practice=[one]))
    assert studio.labelling.answered(study, rater) == 0
    with pytest.raises(InvalidInput, match="got 3 of 2"):
        studio.guides.note_practice(rater, guide, 3)


def test_pictures_and_pages_of_them(studio: Studio, study: Study, ids: list[str]) -> None:
    example = studio.guides.example(*ids[:3])
    assert set(studio.guides.pictures([example, example])) == set(ids[:3])
    assert studio.guides.pictures([]) == {}
    assert [item.id for item in studio.guides.shelf(study, 0, 8)] == ids[:8]
    assert [item.id for item in studio.guides.shelf(study, 1, 8)] == ids[8:]
    assert studio.guides.shelf(study, 2, 8) == []
    assert studio.guides.texts(studio.guides.shelf(study, 0)) == {}
    with pytest.raises(NotFound):
        studio.guides.write(study, examples=[GuideExample(reference=ids[0], a=ids[1], b="gone", closer="a")])


def test_texts_are_read_whole_up_to_a_limit(studio: Studio, study: Study) -> None:
    run = studio.store.runs.add(study.id, RunSpec(kind="import", budget=2, folder="x"))
    new = [
        NewItem(
            kind="text", blob=studio.store.blobs.put(text.encode()), media_type="text/plain", source="collection",
            run_id=run.id, iteration=0, slot=slot, name=f"{slot}.txt",
        )
        for slot, text in enumerate(["Ein Gedicht über Größe", "x" * 30_000])
    ]  # fmt: skip
    short, long = studio.store.items.add(study.id, new)
    assert studio.guides.texts([short, long]) == {short.id: "Ein Gedicht über Größe", long.id: "x" * 20_000}


def test_the_table_of_raters_tells_practice_instructions_and_agreement(
    studio: Studio, study: Study, ids: list[str]
) -> None:
    guide = studio.guides.write(study, practice=[studio.guides.example(*ids[:3])])
    anna = studio.labelling.rater(study, "anna")
    studio.guides.note_practice(anna, guide, 1)
    for name, closer in (("anna", "a"), ("ben", "a"), ("lena", "b")):
        asked(studio, study, name, ids[:3], closer)
    question = studio.labelling.queue(study, anna)[0]
    event = AnswerEvent(event_id="by the guide", question_id=question.id, closer="skip", guide=1)
    studio.labelling.record(anna, [event])
    people = {person.rater.name: person for person in studio.rating.people(study)}
    assert people["anna"].practice == studio.guides.practice(anna)[0]
    assert [people[name].guide for name in ("anna", "ben")] == [1, 0]
    agrees = {name: people[name].agrees for name in people}
    assert [(a.value, a.n) for a in agrees.values() if a] == [(0.5, 2), (0.5, 2), (0.0, 2)]
    studio.store.exclusions.exclude(people["lena"].rater.id, True, "", "")
    after = [person.agrees for person in studio.rating.people(study)]
    assert [(a.value, a.n) for a in after if a] == [(1.0, 1), (1.0, 1), (0.0, 2)]
    assert [(p.name, p.answers) for p in studio.rating.progress(study)] == [("anna", 1), ("ben", 1), ("lena", 1)]
