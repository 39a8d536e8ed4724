"""Rows of a file as answers of a study. Every row is checked before anything is written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from qdhf.errors import InvalidInput
from qdhf.ports import Store
from qdhf.studio.judgment_files.items import ItemNames
from qdhf.studio.judgment_files.records import Record, record
from qdhf.studio.judgment_files.shapes import canonical, draw
from qdhf.types import Judgment, Strategy, Study, new_id, now
from qdhf.types.answering import check_answer, check_question

ASKED = ("kind", "shown", "reference", "a", "b", "aspect")
PORTION = 2000  # answers written at a time, so that nobody who labels meanwhile waits long
LEFT_OUT = "Left out where the answers come from."
HELD_OUT = 5  # of answers that do not say how their question was chosen, one in so many is kept apart, to measure with


def import_rows(rows: Iterable[tuple[int, Mapping[str, Any]]], store: Store, study: Study) -> tuple[int, int]:
    """Append the answers that numbered rows tell; returns (new, read). Raises InvalidInput naming the line; then nothing
    was written. An import that is cut short goes on where it stood when it is done again."""
    answers = _Answers(ItemNames(store.items.of_study(study.id)), study)
    for line, row in rows:
        try:
            answers.add(line, record(canonical(row)))
        except InvalidInput as error:
            raise InvalidInput(f"Line {line}: {error}") from None
    if not answers.read:
        return 0, 0
    before = {rater.name: rater.id for rater in store.judgments.raters(study.id)}  # however they are known
    raters = {name: before.get(name) or store.judgments.rater(study.id, name).id for name in answers.raters}
    for name in answers.excluded - before.keys():  # about people known here, this installation has decided itself
        store.exclusions.exclude(raters[name], True, LEFT_OUT, "")
    made = [replace(answer, rater_id=raters[answer.rater_id]) for answer in answers.kept.values()]
    portions = (made[start : start + PORTION] for start in range(0, len(made), PORTION))
    return sum(store.judgments.import_answers(study.id, part, answers.undone) for part in portions), answers.read


class _Answers:
    """What a file tells so far. ``kept``: answers by event id, their raters still by name."""

    def __init__(self, names: ItemNames, study: Study) -> None:
        self._names, self._study, self._now = names, study, now()
        self.kept: dict[str, Judgment] = {}
        self.undone: dict[str, datetime] = {}
        self.raters: dict[str, None] = {}  # in order of appearance
        self.excluded: set[str] = set()  # names of raters
        self.read = 0
        self._lines: dict[str, int] = {}  # by event id
        self._questions: dict[tuple[str, str], str] = {}  # event that first answered (rater, question)
        self._alike: Counter[str] = Counter()

    def add(self, line: int, told: Record) -> None:
        """Raises InvalidInput where the answer makes no sense, or contradicts an earlier line."""
        answer = self._judgment(told)
        self.read += 1
        event = answer.event_id
        if event in self.kept:
            if not _same(self.kept[event], answer) or self.undone.get(event) != told.undone_at:
                raise InvalidInput(
                    f"line {self._lines[event]} gives another answer under the event_id {event!r}; each needs its own."
                )
            return
        self._check_question(answer)
        self.kept[event], self._lines[event] = answer, line
        self.raters.setdefault(told.rater)
        if told.excluded:
            self.excluded.add(told.rater)
        if told.undone_at is not None:
            self.undone[event] = told.undone_at

    def _check_question(self, answer: Judgment) -> None:
        if answer.question_id is None:
            return
        first = self.kept.get(self._questions.setdefault((answer.rater_id, answer.question_id), answer.event_id))
        if first is not None and not _same_question(first, answer):
            raise InvalidInput(
                f"line {self._lines[first.event_id]} gives the question {answer.question_id!r} other items or another aspect; "
                "each question needs its own question_id."
            )

    def _judgment(self, told: Record) -> Judgment:
        found = tuple(self._names.find(name) for name in told.asked)
        shown = {"triplet": (), "better": found[1:]}.get(told.kind, found)
        picked = tuple(self._names.find(name) for name in told.picked)
        check_question(told.kind, found[:3], shown)
        called = dict(zip((*picked, *found), (*told.picked, *told.asked), strict=True))  # as the file calls them
        check_answer(told.kind, [called[i] for i in shown], told.closer, [called[i] for i in picked], told.grade)
        strategy: Strategy = told.strategy or ("informative" if self._draw(told, found) else "random")
        return Judgment(
            id=new_id(), event_id=told.event_id or self._event(told, found, picked), study_id=self._study.id,
            question_id=told.question_id, rater_id=told.rater, reference=found[0], a=found[1], b=found[2],
            left=told.left, closer=told.closer, strategy=strategy, repeat_of=told.repeat_of,
            response_ms=told.response_ms, created_at=told.created_at or self._now, kind=told.kind, shown=shown,
            picked=picked, grade=told.grade, aspect=told.aspect, guide=told.guide,
        )  # fmt: skip

    def _draw(self, told: Record, found: tuple[str, ...]) -> int:
        """0 for one question in :data:`HELD_OUT`; all answers to the same question draw alike, in every installation."""
        return draw(HELD_OUT, told.kind, *self._asked(told, found))

    def _asked(self, told: Record, found: tuple[str, ...]) -> list[str]:
        """What was asked, in whatever order it was shown; the reference has a place of its own."""
        own = [self._names.own(item) for item in found]
        if told.kind == "better":
            return sorted(own[1:])
        fixed = 0 if told.kind == "odd" else 1
        return own[:fixed] + sorted(own[fixed:])

    def _event(self, told: Record, found: tuple[str, ...], picked: tuple[str, ...]) -> str:
        """An id made of what is told: the same file gives the same ids, so that importing it twice adds nothing."""
        chosen = {"a": found[1:2], "b": found[2:3]}.get(told.closer, picked)
        words = [told.rater, told.kind, "" if chosen else told.closer, told.grade, told.response_ms, told.created_at]
        words += [*sorted(self._names.own(item) for item in chosen), *self._asked(told, found)]
        words += [told.aspect] if told.aspect else []
        digest = hashlib.sha256("\n".join(map(str, words)).encode()).hexdigest()[:32]
        self._alike[digest] += 1
        return f"plain-{digest}-{self._alike[digest]}"


def _same_question(one: Judgment, other: Judgment) -> bool:
    """Whether two answers are about the same question."""
    return all(getattr(one, name) == getattr(other, name) for name in ASKED)


def _same(one: Judgment, other: Judgment) -> bool:
    return replace(one, id=other.id) == other
