"""Runs as people see them: start, watch, pause, continue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from qdhf.errors import InvalidInput, NotFound
from qdhf.ports import Store
from qdhf.search.loop import End, ended
from qdhf.studio.studies import Studies
from qdhf.types import Item, Iteration, Run, RunSpec, RunState, Study

RECENT = 20  # iterations that an estimate of the time left looks at
STALL = 3.0  # times the median from which an iteration counts no more


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """``made`` of ``run.spec.budget`` items exist; ``eta_s`` seconds are left, None until that can be said. ``sharing``: how
    many runs take turns with this one, itself included; ``end``: why it is over, where it is done."""

    run: Run
    state: RunState
    made: int
    failed: int
    eta_s: float | None
    iterations: list[Iteration]
    error: str | None
    sharing: int = 1
    end: End | None = None

    @property
    def live(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def share(self) -> float:
        """Of the budget that is used up, in [0, 1]: pictures or minutes, whichever is nearer to its end."""
        spec = self.run.spec
        minutes = sum(i.seconds for i in self.iterations) / (60 * spec.minutes) if spec.minutes else 0.0
        return min(1.0, max(minutes, (self.made + self.failed) / spec.budget))


def seconds_left(spec: RunSpec, iterations: Sequence[Iteration], left: int) -> float | None:
    """Time at work until ``left`` items are made or the minutes are over, whichever comes first; None until that can be
    said. Items take the mean seconds of the latest iterations, one that stalled counting as thrice the median; the first
    iteration, which loads models, never counts."""
    rates = [i.seconds / (i.items + i.failed) for i in iterations[1:][-RECENT:] if i.items + i.failed]
    if not rates:
        return None
    most = STALL * median(rates)
    whole = left * fmean(min(rate, most) for rate in rates)
    return min(whole, max(0.0, 60 * spec.minutes - sum(i.seconds for i in iterations))) if spec.minutes else whole


class Running:
    """Use-cases of the illuminate page."""

    def __init__(self, store: Store, studies: Studies) -> None:
        self._store, self._studies = store, studies

    def illuminate(
        self,
        study: Study,
        budget: int,
        *,
        targets: Sequence[int] = (),
        **wishes: Any,
    ) -> Run:
        """Queue a run that fills the map, the cells of ``targets`` first, or makes variations of the item ``near``.
        ``wishes``: further fields of :class:`~qdhf.types.runs.RunSpec`. Raises InvalidInput, NotFound."""
        spec = RunSpec(kind="illuminate", budget=budget, targets=tuple(targets), **wishes)
        if spec.near is not None:
            self._check_near(study, spec.near)
        return self._studies.start(study, spec)

    def _check_near(self, study: Study, item_id: str) -> None:
        item = self._store.items.get(item_id)
        if item.study_id != study.id:
            raise InvalidInput(f"The item {item_id} belongs to another study.")
        if item.genome is None:
            raise InvalidInput("This item was imported: how it was made is not known, so nothing can be made after it.")

    def status(self, run: Run) -> RunStatus:
        iterations = self._store.runs.iterations(run.id)
        made, failed = self._store.items.count(run.study_id, run.id), sum(i.failed for i in iterations)
        state = self._state(run)
        sharing = self._store.jobs.sharing(run.id) if state == "running" else 1
        left = seconds_left(run.spec, iterations, run.spec.budget - made - failed) if state == "running" else None
        return RunStatus(
            run=run, state=state, made=made, failed=failed, iterations=iterations, sharing=sharing,
            eta_s=None if left is None else left * sharing, end=ended(run.spec, iterations) if state == "done" else None,
            error=self._store.jobs.error(run.id) if state == "failed" else None,
        )  # fmt: skip

    def _state(self, run: Run) -> RunState:
        """A run on record that never got into this queue rests like a paused one (the program ended in between), or is done
        (it came in with a bundle)."""
        try:
            return self._store.jobs.state(run.id)
        except NotFound:
            return "paused" if ended(run.spec, self._store.runs.iterations(run.id)) is None else "done"

    def of_study(self, study: Study) -> list[RunStatus]:
        """Newest first."""
        return [self.status(run) for run in self._store.runs.of_study(study.id)]

    def newest_items(self, study: Study, limit: int = 12, run: Run | None = None) -> list[Item]:
        return self._store.items.newest(study.id, limit, run.id if run else None)

    def worker_alive(self) -> bool:
        """Whether anybody works: without a worker nothing is generated or exported."""
        return self._store.workers.alive()

    def pause(self, run: Run) -> None:
        """The step in progress ends, then the run rests; cancelling is pausing for good."""
        self._store.jobs.pause(run.id)

    def resume(self, run: Run) -> None:
        """Go on where it stood: after a pause, a failure, or on a worker that came back."""
        try:
            self._store.jobs.resume(run.id)
        except NotFound:
            self._store.jobs.start("run", run.id, share=run.study_id)
