"""Whose turn it is: runs of several studies on one device, none of which waits until another is over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

TURN_S = 60.0  # of a turn where the next one needs other models, which take their time to load


@dataclass(eq=False)
class _Place:
    models: str
    since: float = 0.0


class Turns:
    """A line in which the first works. Thread-safe.

    Who has made a batch goes to the end of the line if the next one needs the same models; else after ``seconds``.
    """

    def __init__(self, seconds: float = TURN_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._line: deque[_Place] = deque()
        self._moved = Condition()

    @contextmanager
    def joined(self, models: str) -> Iterator[Callable[[], None]]:
        """Begins with the first turn and ends for good. Yields what to call after each batch: it returns at once, or when
        it is one's turn again. ``models``: what names them."""
        place = _Place(models)
        try:
            with self._moved:
                self._line.append(place)
                self._wait(place)
            yield lambda: self._pass(place)
        finally:
            with self._moved:
                self._line.remove(place)
                self._moved.notify_all()

    def __len__(self) -> int:
        """How many are in the line, the one at work included."""
        return len(self._line)

    def _wait(self, place: _Place) -> None:
        self._moved.wait_for(lambda: self._line[0] is place)
        place.since = self._clock()

    def _pass(self, place: _Place) -> None:
        with self._moved:
            if len(self._line) == 1:
                return
            if self._line[1].models != place.models and self._clock() - place.since < self._seconds:
                return
            self._line.rotate(-1)
            self._moved.notify_all()
            self._wait(place)
