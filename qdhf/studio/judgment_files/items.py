"""How files name items: by content on the way out; by content, file name or id on the way in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from qdhf.errors import InvalidInput
from qdhf.types import Item


class ItemNames:
    """A study's items by what files call them.

    An item's own name is the SHA-256 of its content; where a study holds the same content again, the second such item
    is ``<sha>#2``, and so on by position. Accepted are also an item's id, its file name, and its file name without
    folder or without ending where only one item bears it.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        seen: Counter[str] = Counter()
        self._own: dict[str, str] = {}  # by id
        for item in items:
            seen[item.blob] += 1
            self._own[item.id] = item.blob if seen[item.blob] == 1 else f"{item.blob}#{seen[item.blob]}"
        named = [(PurePosixPath(item.name), item.id) for item in items if item.name]
        self._layers = (
            {name: identity for identity, name in self._own.items()},
            {identity: identity for identity in self._own},
            _unique((str(path), identity) for path, identity in named),
            _unique((path.name, identity) for path, identity in named),
            _unique((path.stem, identity) for path, identity in named),
        )

    def own(self, item_id: str) -> str:
        """What a file calls the item."""
        return self._own[item_id]

    def find(self, name: str) -> str:
        """The id of the item that a file calls ``name``. Raises InvalidInput where none or more than one is called so."""
        for layer in self._layers:
            if name in layer:
                found = layer[name]
                if found is None:
                    raise InvalidInput(f"several items are called “{name}”; name the one you mean by its SHA-256.")
                return found
        short = name if len(name) <= 40 else f"{name[:20]}…"
        raise InvalidInput(
            f"this study holds no item “{short}”. Items are named by the SHA-256 of their content, their file name or "
            "their id; import the pictures first."
        )


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Ids by name; None for a name that several items bear."""
    found: dict[str, str | None] = {}
    for name, identity in pairs:
        found[name] = None if name in found else identity
    return found
