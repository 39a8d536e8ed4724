"""Whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from qdhf.search.turns import Turns


class Workers:
    """Threads that make batches in turn. All are in the line before the first begins; the clock moves by 1 a batch."""

    def __init__(self, seconds: float) -> None:
        self.now, self.made = 0.0, ""
        self.turns = Turns(seconds, clock=lambda: self.now)

    def work(self, jobs: Sequence[tuple[str, str, int]]) -> str:
        """``jobs``: letter, models, batches. Returns the letters in the order in which batches were made."""
        threads = []
        with self.turns.joined("first of all"):
            for letter, models, batches in jobs:
                threads.append(threading.Thread(target=self._one, args=(letter, models, batches), daemon=True))
                threads[-1].start()
                while len(self.turns) <= len(threads):
                    threading.Event().wait(0.001)
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        return self.made

    def _one(self, letter: str, models: str, batches: int) -> None:
        with self.turns.joined(models) as done:
            for _ in range(batches):
                self.made += letter
                self.now += 1
                done()


def test_who_needs_the_same_models_alternates() -> None:
    assert Workers(60).work([("a", "m", 4), ("b", "m", 2), ("c", "m", 3)]) == "abcabcaca"


def test_who_needs_other_models_has_a_while() -> None:
    assert Workers(3).work([("a", "m", 7), ("b", "n", 4)]) == "aaabbbaaaba"


def test_alone_nobody_waits() -> None:
    assert Workers(0).work([("a", "m", 3)]) == "aaa"


def test_who_fails_lets_the_next_go_on() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broken"), turns.joined("m"):
        raise ValueError("broken")
    with turns.joined("m") as done:
        done()
    assert len(turns) == 0
