"""What the stage keeps between reruns, one record per room; the tests read it over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Record:
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)  # by event id, in order of arrival
    received: int = 0
    runs: int = 0
    draws: int = 0  # of the label card
    picks: list[dict[str, Any]] = field(default_factory=list)
    targets: dict[str, Any] = field(default_factory=dict)  # as the map last told them
    gathered: dict[str, Any] = field(default_factory=dict)
    moments: list[int | None] = field(
        default_factory=list
    )  # at which the slider was let go, where the page wants to hear
    requests: dict[str, int] = field(default_factory=dict)  # how often each picture was asked for

    def standing_events(self) -> set[str]:
        """Ids of the answers that no other event took back."""
        undone = {event["undoes"] for event in self.answers.values()}
        return {i for i, e in self.answers.items() if e["choice"] and i not in undone}

    def standing(self) -> dict[str, Any]:
        """Question id → "tie", "skip" or the places picked, of the answers that stand."""
        kept = self.standing_events()
        return {e["question_id"]: chosen(e) for i, e in self.answers.items() if i in kept}


def chosen(event: dict[str, Any]) -> Any:
    return event["picked"] if event["choice"] == "picked" else event["choice"]


_rooms: dict[str, Record] = {}


def room(name: str) -> Record:
    return _rooms.setdefault(name, Record())
