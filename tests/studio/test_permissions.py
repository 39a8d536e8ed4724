"""The table of permissions names every use-case, and nothing else; each role may what those below it may."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from qdhf.studio import Studio
from qdhf.studio.permissions import RULES
from qdhf.types import Person, Role

NO_GROUPS = {"store", "matrices", "engine"}  # what the use-cases stand on, and what the worker alone does
ROOT = Path(__file__).parents[2]


def use_cases(studio: Studio) -> dict[str, set[str]]:
    """The public methods of every group."""
    return {
        name: {m for m, _ in inspect.getmembers(type(group), inspect.isfunction) if not m.startswith("_")}
        for name, group in vars(studio).items()
        if not name.startswith("_") and name not in NO_GROUPS
    }


def test_the_table_names_every_use_case_and_no_other(studio: Studio) -> None:
    assert {group: set(rules) for group, rules in RULES.items()} == use_cases(studio)


def people() -> Iterator[tuple[Role, Person]]:
    for role in ("viewer", "rater", "curator", "admin"):
        yield role, Person(name="Ben", role=role, subject="ben@example.org")  # type: ignore[arg-type]


def allowed(person: Person) -> set[str]:
    return {f"{g}.{name}" for g, rules in RULES.items() for name, rule in rules.items() if rule.allows(person)}


def test_each_role_may_what_those_before_it_may_and_more() -> None:
    sets = [allowed(person) for _, person in people()]
    assert all(a < b for a, b in pairwise(sets))


def test_what_a_role_adds_is_what_it_is_for() -> None:
    viewer, rater, curator, admin = (allowed(person) for _, person in people())
    assert {"studies.all", "browsing.map", "learning.versions"} <= viewer
    assert not any(name.endswith((".fit", ".create", ".mark", ".start", ".record", ".open")) for name in viewer)
    assert {"labelling.queue", "labelling.record", "access.own_rater"} <= rater - viewer
    assert {"learning.fit", "running.illuminate", "exporting.open", "access.invite"} <= curator - rater
    assert admin - curator == {"access.members", "access.admins", "access.set_role"}


def test_who_holds_an_invitation_may_label_and_nothing_else() -> None:
    holder = Person(name="Mira", role="rater", study_id="s", invite_id="i")
    assert {name.split(".")[0] for name in allowed(holder)} == {"studies", "labelling", "guides", "access"}
    changing = {"create", "create_demo", "populate", "start", "import_pictures", "all", "overview", "write", "invite"}
    assert {name.split(".")[1] for name in allowed(holder)}.isdisjoint(changing)
    assert "labelling.rater" not in allowed(holder)  # a name that somebody types says nothing


def test_nobody_does_what_the_program_does_for_itself() -> None:
    local = Person(name="local", role="admin")
    everything = {f"{g}.{name}" for g, rules in RULES.items() for name in rules}
    assert everything - allowed(local) == {
        "exporting.write", "bundling.bundle", "valuing.valued", "valuing.measures", "access.signed_in", "access.invited",
        "access.still", "mapping.thumbnail", "remaking.item", "remaking.make",
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.stem)
def test_every_page_starts_at_the_guard(path: Path) -> None:
    assert "\nstudio = guard()\n" in path.read_text()


@pytest.mark.parametrize("path", sorted((ROOT / "pages").rglob("*.py")), ids=lambda path: path.stem)
def test_no_page_goes_around_the_use_cases(path: Path) -> None:
    inside = {"context.py", "frame.py", "pictures_route.py", "export_route.py"}  # the door; signed addresses
    text = path.read_text()
    assert path.name in inside or (".store" not in text and "open_studio" not in text)
