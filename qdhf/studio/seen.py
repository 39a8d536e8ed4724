"""The studio as one person sees it: every use-case asks first whether they may.

Pages get nothing else, so that no page can do for somebody what they may not, whatever the page forgets to check. This
keeps honest code from mistakes; it is no sandbox for code that means harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from qdhf.errors import NotAllowed
from qdhf.studio.permissions import RULES, Rule
from qdhf.types import Person, Rater, Study

if TYPE_CHECKING:
    from qdhf.studio import Studio

RECHECK_S = 2.0  # a role taken away or an invitation withdrawn holds for at most so much longer


class SeenStudio:
    """Has the groups of a :class:`qdhf.studio.Studio`, each use-case behind its rule (:mod:`qdhf.studio.permissions`).

    Lives as long as somebody looks at a page. Anything that is no use-case raises NotAllowed."""

    def __init__(self, studio: Studio, person: Person, clock: Callable[[], float] = time.monotonic) -> None:
        self._studio, self._person, self._clock = studio, person, clock
        self._checked = clock()
        self._own: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in RULES:
            raise NotAllowed(f"“{name}” is no use-case: a page cannot use it.")
        return SeenGroup(self, name)

    def may(self, use_case: Any) -> bool:
        """Whether this person may do what a use-case of this studio does, like ``may(studio.learning.fit)``."""
        return isinstance(use_case, SeenUseCase) and use_case.rule.allows(self._person)

    def person_now(self) -> Person:
        """The person with their role as of now, or a moment ago. Raises NotAllowed where nothing is left of it."""
        if not self._person.local and self._clock() - self._checked >= RECHECK_S:
            self._person = self._studio.access.still(self._person)
            self._checked = self._clock()
        return self._person

    def check(self, person: Person, rule: Rule, values: Any) -> None:
        """Raises NotAllowed where ``values`` hold something of a study or a rater that is not this person's to touch."""
        for value in _inside(values):
            if isinstance(value, Person) and (value.subject, value.invite_id) != (person.subject, person.invite_id):
                raise NotAllowed("Nobody acts for somebody else.")
            study_id = value.id if isinstance(value, Study) else getattr(value, "study_id", None)
            if person.invite_id is not None and study_id is not None and study_id != person.study_id:
                raise NotAllowed("Your invitation is for another study. Open its link again.")
            if (rule.own or person.invite_id) and not self._owns(person, value, study_id):
                raise NotAllowed("These are another person's questions and answers. Reload the page.")

    def _owns(self, person: Person, value: Any, study_id: str | None) -> bool:
        if isinstance(value, Rater):
            return (value.subject, value.invite_id) == (person.subject, person.invite_id)
        rater_id = getattr(value, "rater_id", None)
        if rater_id is None or study_id is None or person.local:
            return True
        return bool(rater_id == self._own_id(person, study_id))

    def _own_id(self, person: Person, study_id: str) -> str | None:
        if study_id not in self._own:
            rater = self._studio.access.own_rater(self._studio.studies.get(study_id), person)
            self._own[study_id] = rater.id if rater else ""
        return self._own[study_id]


class SeenGroup:
    """A group of use-cases, made anew wherever a page names it."""

    __slots__ = ("_name", "_seen")

    def __init__(self, seen: SeenStudio, name: str) -> None:
        self._seen, self._name = seen, name

    def __getattr__(self, name: str) -> SeenUseCase:
        if name.startswith("__"):
            raise AttributeError(name)
        rule = RULES[self._name].get(name)
        if rule is None:
            raise NotAllowed(f"“{self._name}.{name}” is no use-case: a page cannot use it.")
        return SeenUseCase(self._seen, getattr(getattr(self._seen._studio, self._name), name), rule)


class SeenUseCase:
    """A use-case behind its rule."""

    __slots__ = ("_call", "_seen", "rule")

    def __init__(self, seen: SeenStudio, call: Callable[..., Any], rule: Rule) -> None:
        self._seen, self._call, self.rule = seen, call, rule

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        person = self._seen.person_now()
        if not self.rule.allows(person):
            raise NotAllowed(_refusal(person, self.rule))
        self._seen.check(person, self.rule, (*arguments, *named.values()))
        if self.rule.signed:
            named = {**named, "by": person}
        result = self._call(*arguments, **named)
        self._seen.check(person, self.rule, (result,))
        return result


def _inside(values: Any, depth: int = 3) -> Iterator[Any]:
    """``values`` without the lists, tuples, sets and dictionaries around them."""
    for value in values:
        within = list(value.values()) if isinstance(value, dict) else value
        if isinstance(within, list | tuple | set | frozenset) and depth:
            yield from _inside(within, depth - 1)
        else:
            yield value


def _refusal(person: Person, rule: Rule) -> str:
    if person.invite_id is not None:
        return "Your invitation lets you label its study, and nothing else."
    if rule.role is None or rule.typed:
        return "A page cannot do this."
    return f"This needs the role {rule.role} or more; yours is {person.role}. Ask an admin for it."
