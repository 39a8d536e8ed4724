"""A batch spread over several makers: in order, whatever dies on the way, and nothing twice.

Whoever the makers are is a :class:`Crew`'s business: actors on other machines (``cluster``) or processes on this one.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Protocol

from qdhf.errors import QdhfError
from qdhf.search.evaluating import Outcome, settled, together
from qdhf.types import Genome, Study

log = logging.getLogger(__name__)
TRIES = 3  # makers that may die over one portion, and new ones that may die in a row before any works
LARGEST = 64  # items in a portion: a maker that dies loses no more
LOOK_S = 1.0  # between two looks at how many makers there shall be
PATIENCE_S = 300.0  # without anybody at work before a batch is given up


class Lost(Exception):
    """The maker died, or nobody can reach it any more."""


class Crew(Protocol):
    """Makers in processes of their own. A call is whatever stands for one thing that a maker was asked to do."""

    def size(self) -> int:
        """How many makers there shall be now."""
        ...

    def hire(self) -> tuple[Any, Any]:
        """Begin to start a maker; returns it and the call that ends once it is ready."""
        ...

    def look(self, maker: Any) -> Any:
        """Ask whether ``maker`` still lives; the call ends at once where it does."""
        ...

    def give(self, maker: Any, study: Study, genomes: Sequence[Genome]) -> Any:
        """Let ``maker`` attempt ``genomes``."""
        ...

    def ended(self, calls: Sequence[Any], seconds: float) -> Sequence[Any]:
        """Those of ``calls`` that are over, as soon as one is; none after ``seconds``."""
        ...

    def result(self, call: Any) -> Any:
        """What a call that is over gave. Raises Lost where its maker died, and what the maker raised."""
        ...

    def dismiss(self, maker: Any) -> None:
        """End ``maker``, whatever it does."""
        ...

    def lacks(self) -> str:
        """What keeps makers from starting, for people."""
        ...


@dataclass(eq=False)
class Portion:
    """Consecutive genomes of a batch, the first of which is number ``start``."""

    start: int
    genomes: Sequence[Genome]
    tries: int = 0
    outcomes: list[Outcome] | None = None


def portions(genomes: Sequence[Genome], makers: int) -> list[Portion]:
    """``genomes`` in order, as even as can be: one portion for each maker, more where they would be too large; one in all
    where they keep apart from each other while they are drawn."""
    n = len(genomes)
    count = min(n, 1 if together(genomes) else max(makers, -(-n // LARGEST)))
    edges = [n * i // count for i in range(count + 1)] if n else [0]
    return [Portion(start, genomes[start:end]) for start, end in pairwise(edges)]


@dataclass(eq=False)
class Task:
    """What a maker does: start (``new``), make a portion, or say that it lives."""

    maker: Any
    portion: Portion | None = None
    new: bool = False


class Spread:
    """An :class:`qdhf.search.evaluating.Evaluator` over a crew. Makers stay between batches. Not thread-safe.

    A portion whose maker died is done again by another, ``TRIES`` times at most in all. A maker that was lost is ended
    before that, so that nobody else still works on the portion; files that it kept already have the same names.
    """

    def __init__(self, crew: Crew, patience_s: float = PATIENCE_S) -> None:
        self._crew, self._patience = crew, patience_s
        self._idle: list[Any] = []
        self._tasks: dict[Any, Task] = {}  # by call
        self._died = 0  # new makers in a row

    def evaluate(self, study: Study, genomes: Sequence[Genome]) -> list[Outcome]:
        """See :class:`qdhf.search.evaluating.Evaluator`. Raises QdhfError too where makers cannot be had or die again and
        again."""
        batch = portions(genomes, max(1, self._crew.size()))
        try:
            self._work(study, batch)
        except BaseException:
            for call in [call for call, task in self._tasks.items() if task.portion is not None]:
                self._crew.dismiss(self._tasks.pop(call).maker)  # nothing of a batch that failed goes on
            raise
        return settled(list(chain.from_iterable(portion.outcomes or () for portion in batch)))

    def close(self) -> None:
        """End every maker."""
        for maker in [*self._idle, *(task.maker for task in self._tasks.values())]:
            self._crew.dismiss(maker)
        self._idle, self._tasks = [], {}

    def _work(self, study: Study, batch: Sequence[Portion]) -> None:
        waiting, since = deque(batch), time.monotonic()
        while any(portion.outcomes is None for portion in batch):
            self._staff()
            while waiting and self._idle:
                maker, portion = self._idle.pop(0), waiting.popleft()
                self._tasks[self._crew.give(maker, study, portion.genomes)] = Task(maker, portion)
            ended = self._crew.ended(list(self._tasks), LOOK_S)
            if ended or self._at_work():
                since = time.monotonic()
            elif time.monotonic() - since > self._patience:
                raise QdhfError(f"For {self._patience:.0f} s nobody could start on this batch: {self._crew.lacks()}")
            for call in ended:
                waiting.extendleft(self._taken(call))

    def _staff(self) -> None:
        """As many makers as there shall be, those that are starting included."""
        wanted = max(1, self._crew.size())
        while len(self._idle) + len(self._tasks) < wanted:
            maker, call = self._crew.hire()
            self._tasks[call] = Task(maker, new=True)
        while self._idle and len(self._idle) + len(self._tasks) > wanted:
            self._crew.dismiss(self._idle.pop())

    def _at_work(self) -> bool:
        return any(task.portion is not None for task in self._tasks.values())

    def _taken(self, call: Any) -> list[Portion]:
        """Note what a call that is over gave; returns the portion that must be done again, if it must."""
        task = self._tasks.pop(call)
        try:
            result = self._crew.result(call)
        except Lost as lost:
            return self._lost(task, lost)
        except BaseException:
            self._crew.dismiss(task.maker)
            raise
        self._idle.append(task.maker)
        if task.portion is not None:
            task.portion.outcomes = result
        self._died = 0
        return []

    def _lost(self, task: Task, lost: Lost) -> list[Portion]:
        """End a maker that is lost, see which idle ones are lost with it, and give its portion back."""
        self._crew.dismiss(task.maker)
        for idle in self._idle:
            self._tasks[self._crew.look(idle)] = Task(idle)
        self._idle = []
        if task.new:
            self._count_start(lost)
        return [self._again(task.portion, lost)] if task.portion is not None else []

    def _count_start(self, lost: Lost) -> None:
        log.warning("A process that makes items could not start: %s", lost)
        self._died += 1
        if self._died >= TRIES and not self._at_work():
            self._died = 0
            raise QdhfError(f"{TRIES} processes in a row died before they could make items. The last: {lost}")

    def _again(self, portion: Portion, lost: Lost) -> Portion:
        name = f"items {portion.start + 1} to {portion.start + len(portion.genomes)} of the batch"
        portion.tries += 1
        if portion.tries >= TRIES:
            raise QdhfError(
                f"{TRIES} processes died over {name}, which are given up. Too little memory is the usual cause: choose a "
                f"smaller batch or smaller pictures, and continue the run. The last: {lost}"
            )
        log.warning("A process died over %s; they are made again: %s", name, lost)
        return portion
