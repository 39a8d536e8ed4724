"""The questions that imported answers belong to: without them a repeat would not know what it repeats."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from qdhf.errors import InvalidInput
from qdhf.types import Judgment
from storage.engine import parts
from storage.schema import QuestionRow

ASKED = ("rater_id", "reference", "a", "b", "kind", "shown", "aspect")  # all equal: the same question
COPIED = (*ASKED, "left", "strategy", "created_at")
Key = tuple[str, str]  # rater id, question id in the file


def derived(scope: str, identity: str) -> str:
    """The id that stands for ``identity`` within ``scope``: always the same one."""
    return hashlib.sha256(f"{scope}/{identity}".encode()).hexdigest()[:26]


def same(one: Any, other: Any) -> bool:
    """Whether two answers or questions ask one rater the same."""
    return all(getattr(one, name) == getattr(other, name) for name in ASKED)


class ImportedQuestions:
    """Which stored question each answer of an import belongs to.

    A question keeps its id unless that is taken: by another study of this installation, or by another rater's question
    of the same name; then an id derived from rater and id stands for it. Where even that one asks something else here, the
    answer belongs to no question. ``ids``: the stored id by (rater id, id in the file). ``rows``: the questions to add,
    originals before their repeats.
    """

    def __init__(self, session: Session, study_id: str) -> None:
        self._session, self._study_id = session, study_id
        self.ids: dict[Key, str] = {}
        self.rows: list[dict[str, Any]] = []

    def resolve(self, answers: Sequence[Judgment]) -> None:
        """Fill ``ids`` and ``rows``. Raises InvalidInput where one rater's question is given two contents."""
        asked: dict[Key, Judgment] = {}
        for answer in answers:
            if answer.question_id and not same(first := asked.setdefault(_key(answer), answer), answer):
                raise InvalidInput(
                    f"The answers {first.event_id!r} and {answer.event_id!r} name the same question "
                    f"{answer.question_id!r}, but show different things. Give one of them another question id, or none."
                )
        repeated = {(a.rater_id, a.repeat_of) for a in answers if a.repeat_of}
        stored = self._stored({*asked, *repeated})
        taken: dict[str, Key] = {}
        for key, answer in asked.items():
            self._place(key, answer, stored, taken)
        for key in repeated - asked.keys():
            self._find(key, stored)
        self._add([answer for key, answer in asked.items() if key in self.ids and self.ids[key] not in stored])

    def original(self, answer: Judgment) -> str | None:
        """The stored id of the question that ``answer`` repeats; None where it is neither stored nor in the file."""
        found = self.ids.get((answer.rater_id, answer.repeat_of or ""))
        return None if found == self.ids.get(_key(answer)) else found

    def _stored(self, keys: set[Key]) -> dict[str, sa.Row[Any]]:
        """Questions on record under the ids in the file, and under derived ones where an id is taken."""
        claims = Counter(question for _, question in keys)
        found = self._by_id(claims)
        return found | self._by_id(derived(*key) for key in keys if key[1] in found or claims[key[1]] > 1)

    def _by_id(self, ids: Iterable[str]) -> dict[str, sa.Row[Any]]:
        found: dict[str, sa.Row[Any]] = {}
        for part in parts(sorted(ids)):
            rows = self._session.execute(sa.select(*QuestionRow.__table__.c).where(QuestionRow.id.in_(part)))
            found |= {row.id: row for row in rows}
        return found

    def _place(self, key: Key, answer: Judgment, stored: dict[str, sa.Row[Any]], taken: dict[str, Key]) -> None:
        for name in (key[1], derived(*key)):
            if name not in taken and (name not in stored or same(stored[name], answer)):
                taken[name] = key
                self.ids[key] = name
                return

    def _find(self, key: Key, stored: dict[str, sa.Row[Any]]) -> None:
        """The original of a repeat, where it was imported or asked before."""
        for name in (derived(*key), key[1]):
            if name in stored and stored[name].rater_id == key[0]:
                self.ids[key] = name
                return

    def _add(self, answers: list[Judgment]) -> None:
        """Rows in an order in which every question comes after the one it repeats."""
        waiting = {self.ids[_key(answer)]: answer for answer in answers}
        while waiting:
            ready = [name for name, answer in waiting.items() if self.original(answer) not in waiting]
            for name in ready or list(waiting):  # a circle of repeats: it has no original
                answer = waiting.pop(name)
                row = {column: getattr(answer, column) for column in COPIED}
                original = self.original(answer) if ready else None
                self.rows.append({**row, "id": name, "study_id": self._study_id, "repeat_of": original})


def _key(answer: Judgment) -> Key:
    return answer.rater_id, answer.question_id or ""
