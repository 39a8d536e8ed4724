"""Written instructions for raters: how a study asks, what it tells those who answer, and what they practise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qdhf.ports import Store
from qdhf.types import Guide, GuideExample, Item, PracticeRound, QuestionKind, Rater, Study

LEAST_RIGHT = 2 / 3  # share of a practice round from which on a rater has understood


class Guiding:
    """Use-cases of those who write instructions, and of those who read them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self, study: Study) -> Guide:
        """The instructions that hold; version 0, the defaults, where nobody wrote any."""
        return self._store.guides.current(study.id)

    def versions(self, study: Study) -> list[Guide]:
        """All that were ever written, the newest first."""
        return self._store.guides.all(study.id)[::-1]

    def write(
        self, study: Study, *, text: str = "", kind: QuestionKind = "triplet", candidates: int = 8, pick: int = 2,
        graded: bool = False, aspects: Sequence[str] = (), examples: Sequence[GuideExample] = (),
        practice: Sequence[GuideExample] = (),
    ) -> Guide:  # fmt: skip
        """Keep instructions as the next version, and return them; where nothing differs from the version that holds,
        that one. Answers given by earlier versions keep those. Raises InvalidInput, NotFound."""
        made = Guide(
            study_id=study.id, text=text.strip(), kind=kind, candidates=candidates, pick=pick, graded=graded,
            aspects=tuple(each.strip() for each in aspects), examples=tuple(examples), practice=tuple(practice),
        )  # fmt: skip
        now = self.current(study)
        if replace(made, version=now.version, created_at=now.created_at) == now:
            return now
        return self._store.guides.add(made)

    def practice(self, rater: Rater) -> list[PracticeRound]:
        """The rounds that a rater finished, oldest first."""
        return self._store.guides.practice(rater.id)

    def wants_practice(self, rater: Rater, guide: Guide) -> bool:
        """Whether there is something to practise by these instructions that the rater has not practised yet."""
        done = {each.guide for each in self.practice(rater)} if guide.practice else set()
        practised = [self._store.guides.get(guide.study_id, version).practice for version in sorted(done)]
        return bool(guide.practice) and guide.practice not in practised

    def note_practice(self, rater: Rater, guide: Guide, right: int) -> None:
        """Put a finished round on record: ``right`` answers were what the instructions expect. Raises InvalidInput."""
        self._store.guides.note_practice(rater.id, guide.version, right, len(guide.practice))

    def pictures(self, guide: Guide) -> dict[str, Item]:
        """The items of the examples and the practice, by id."""
        ids = sorted({i for each in (*guide.examples, *guide.practice) for i in (each.reference, each.a, each.b)})
        return {item.id: item for item in self._store.items.many(ids)}
