"""Written instructions for raters: how a study asks, what it tells those who answer, and what they practise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qdhf.ports import Store
from qdhf.studio.learning import Learning
from qdhf.types import Guide, GuideExample, Item, PracticeRound, QuestionKind, Rater, Study

LONGEST_TEXT = 20_000  # characters of a text item that a page shows


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """A question that all of ``people`` (2 or more) answered alike, as an example."""

    example: GuideExample
    people: int


class Guiding:
    """Use-cases of those who write instructions, and of those who read them."""

    def __init__(self, store: Store, learning: Learning) -> None:
        self._store, self._learning = store, learning

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

    def pictures(self, triplets: Iterable[GuideExample]) -> dict[str, Item]:
        """The items of examples, by id."""
        ids = sorted({i for each in triplets for i in (each.reference, each.a, each.b)})
        return {item.id: item for item in self._store.items.many(ids)}

    def texts(self, items: Iterable[Item]) -> dict[str, str]:
        """What the texts among ``items`` say, by id; pictures are left out."""
        wanted = {item.id: item.blob for item in items if item.kind == "text"}
        return {i: self._store.blobs.get(blob).decode("utf-8", "replace")[:LONGEST_TEXT] for i, blob in wanted.items()}

    def shelf(self, study: Study, page: int, size: int = 24) -> list[Item]:
        """Items to choose examples from, by position: page 0 first; empty past the end."""
        return self._store.items.of_study(study.id, after=page * size - 1, limit=size)

    def example(self, reference: str, nearer: str, farther: str, why: str = "") -> GuideExample:
        """A triplet with the answer ``nearer``; which candidate comes first is decided by a hash, so that it says nothing."""
        first = hashlib.sha256("\n".join((reference, *sorted((nearer, farther)))).encode()).digest()[0] % 2
        a, b = sorted((nearer, farther), reverse=bool(first))
        return GuideExample(reference=reference, a=a, b=b, closer="a" if a == nearer else "b", why=why)

    def agreed(self, study: Study, count: int = 6) -> list[Agreed]:
        """Questions that two or more people answered, all alike: clear cases, those of most people first."""
        from qdhf.judgments.agreement import unanimous

        found = unanimous(self._learning.answers(study))[:count]
        return [Agreed(example=self.example(*each.items), people=each.people) for each in found]
