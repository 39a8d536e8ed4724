"""What people say of items, in the words of the pages; who said it is told by the door and by nobody else."""

from __future__ import annotations

import pytest

from qdhf.errors import InvalidInput, NotAllowed, NotFound
from qdhf.studio import Studio
from qdhf.studio.access import LOCAL
from qdhf.studio.noting import Said
from qdhf.types import Item, Person, Study
from tests.storage_fixtures import add_items, add_study


@pytest.fixture
def items(studio: Studio, study: Study) -> list[Item]:
    return add_items(studio.store, study, 3)  # type: ignore[arg-type]


def test_tags_are_counted_in_alphabetical_order_and_spelled_as_they_first_were(
    studio: Studio, study: Study, items: list[Item]
) -> None:
    ids = [item.id for item in items]
    assert studio.noting.tag(study, ids[:2], "  light   Blue ") == 2
    assert studio.noting.tag(study, [*ids, ids[0]], "LIGHT blue") == 1
    assert studio.noting.tag(study, ids[:1], "apple") == 1
    assert list(studio.noting.tags(study).items()) == [("apple", 1), ("light Blue", 3)]
    assert studio.noting.untag(study, ids, "light BLUE") == 3
    assert studio.noting.untag(study, ids, "never was") == 0
    assert studio.noting.tags(study) == {"apple": 1}


def test_an_item_has_one_star_and_one_note(studio: Studio, study: Study, items: list[Item]) -> None:
    item = items[0]
    assert studio.noting.of_item(study, item.id) == Said()
    studio.noting.star(study, item, True)
    studio.noting.note(study, item, " one ")
    studio.noting.note(study, item, "two")
    studio.noting.tag(study, [item.id], "x")
    assert studio.noting.of_item(study, item.id) == Said(tags=("x",), starred=True, note="two", note_by="local")
    studio.noting.star(study, item, False)
    studio.noting.note(study, item, "  ")
    assert studio.noting.of_item(study, item.id) == Said(tags=("x",))
    assert studio.noting.of_item(study, items[1].id) == Said()


def test_what_cannot_be_said_is_refused(studio: Studio, study: Study, items: list[Item]) -> None:
    with pytest.raises(InvalidInput, match="1 to 40"):
        studio.noting.tag(study, [items[0].id], "   ")
    other = add_study(studio.store)  # type: ignore[arg-type]
    with pytest.raises(NotFound, match=items[0].id):
        studio.noting.tag(other, [items[0].id], "x")


def test_the_author_is_whoever_uses_the_page_and_nobody_else(studio: Studio, study: Study, items: list[Item]) -> None:
    studio.access.set_role("ben@example.org", "curator", LOCAL)
    ben = Person(name="Ben", role="curator", subject="ben@example.org")
    seen = studio.seen_by(ben)
    seen.noting.tag(study, [items[0].id], "x")
    seen.noting.star(study, items[0], True)
    with pytest.raises(NotAllowed, match="Nobody acts for somebody else"):
        seen.noting.note(study, items[0], "hers", by=Person(name="Mira", role="admin", subject="mira@example.org"))
    assert [r.by for r in studio.store.remarks.every(study.id)] == ["ben@example.org"] * 2


def test_a_viewer_reads_and_says_nothing(studio: Studio, study: Study, items: list[Item]) -> None:
    studio.access.set_role("ben@example.org", "viewer", LOCAL)
    studio.noting.tag(study, [items[0].id], "x")
    seen = studio.seen_by(Person(name="Ben", role="viewer", subject="ben@example.org"))
    assert seen.noting.tags(study) == {"x": 1}
    assert not seen.may(seen.noting.star)
    with pytest.raises(NotAllowed, match="role curator"):
        seen.noting.untag(study, [items[0].id], "x")
