"""Making an item again from its genome, to see whether the same comes out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qdhf.errors import InvalidInput, NotFound
from qdhf.generators.machine import made_on
from qdhf.ports import Generator, Made, Store
from qdhf.studio.access import LOCAL
from qdhf.types import Item, Person, Remade, Remake, RunState

if TYPE_CHECKING:
    from qdhf.search.evaluating import Models


@dataclass(frozen=True, kw_only=True)
class RemakeStatus:
    """``item`` was to be made again; ``error``: why that failed, where it did."""

    item: Item
    remake: Remake
    state: RunState
    error: str | None

    @property
    def live(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def same_device(self) -> bool | None:
        """Whether it was made on the same device both times; None where that is not known."""
        if self.remake.result is None or not self.item.device:
            return None
        return self.item.device == self.remake.result.device


class Remaking:
    """Use-cases of the item panel and, for :meth:`make`, of the worker."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def request(self, item: Item, *, by: Person = LOCAL, queue: bool = True) -> Remake:
        """Note that an item is to be made again, and (``queue``) hand it to the worker. Raises InvalidInput for an item that
        no generator made."""
        if item.genome is None:
            raise InvalidInput("This item was imported: there is no genome that it could be made again from.")
        remake = self._store.remakes.add(item.id, by.label)
        if queue:
            self._store.jobs.start("remake", remake.id)
        return remake

    def of_item(self, item: Item) -> list[RemakeStatus]:
        """Newest first."""
        return [self._status(item, remake) for remake in self._store.remakes.of_item(item.id)]

    def _status(self, item: Item, remake: Remake) -> RemakeStatus:
        if remake.result is not None:
            return RemakeStatus(item=item, remake=remake, state="done", error=None)
        try:
            state = self._store.jobs.state(remake.id)
        except NotFound:  # the program ended before it got into the queue
            state = "paused"
        error = self._store.jobs.error(remake.id) if state == "failed" else None
        return RemakeStatus(item=item, remake=remake, state=state, error=error)

    def item(self, remake_id: str) -> Item:
        """What is to be made again. Raises NotFound."""
        return self._store.items.get(self._store.remakes.get(remake_id).item_id)

    def make(self, remake_id: str, models: Models) -> str:
        """Make the item again, compare, and note what came of it; returns the SHA-256 of the new file. Doing it once more
        changes nothing.

        Alone first. Where that is not the same, once more beside the items that it was made with: on a GPU the rest of a
        batch can move a grey level. Raises NotFound, MissingModel, and what the generator raises."""
        remake = self._store.remakes.get(remake_id)
        if remake.result is not None:
            return remake.result.blob
        item = self._store.items.get(remake.item_id)
        generator = models.generator(self._store.studies.get(item.study_id))
        result = self._tried(item, generator, [item])
        if not result.same_content and len(beside := self._beside(item, generator)) > 1:
            again = self._tried(item, generator, beside)
            if again.same_content or (again.mean or 0.0) < (result.mean or 0.0):
                result = again
        return self._store.remakes.finish(remake_id, result).result.blob  # type: ignore[union-attr]

    def _tried(self, item: Item, generator: Generator, batch: Sequence[Item]) -> Remade:
        from qdhf.curate.sameness import sameness

        began = time.monotonic()
        made: list[Made] = generator.generate([i.genome for i in batch if i.genome is not None])
        seconds, data = time.monotonic() - began, made[[i.id for i in batch].index(item.id)].data
        found = sameness(self._store.blobs.get(item.blob), data, item.kind)
        return Remade(
            device=made_on(generator), blob=self._store.blobs.put(data), same_bytes=found.bytes,
            same_content=found.content, largest=found.largest, mean=found.mean, companions=len(batch), seconds=seconds,
        )  # fmt: skip

    def _beside(self, item: Item, generator: Generator) -> list[Item]:
        """The items of the portion that this one was made in, itself included, in their order."""
        size = getattr(generator, "batch", None) or 10**9
        whole = self._store.items.batch(str(item.run_id), item.iteration or 0)
        mine = (item.slot or 0) // size
        return [i for i in whole if (i.slot or 0) // size == mine and i.genome is not None]
