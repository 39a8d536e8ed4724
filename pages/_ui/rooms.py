"""The pages: their order, names, and the least role that may open each."""

from __future__ import annotations

from typing import NamedTuple

from qdhf.types import Person, Role
from qdhf.types.access import ROLES


class Room(NamedTuple):
    """A page: the file beside this folder that draws it, which is also its address."""

    name: str
    title: str
    icon: str
    role: Role


SECTIONS: dict[str, list[Room]] = {
    "": [Room("studies", "Studies", "folder_open", "viewer")],
    "Teach": [
        Room("label", "Label", "compare", "rater"),
        Room("descriptors", "Descriptors", "straighten", "viewer"),
        Room("raters", "Raters", "group", "curator"),
    ],
    "Explore": [
        Room("illuminate", "Illuminate", "wb_incandescent", "curator"),
        Room("archive", "Archive", "grid_view", "viewer"),
        Room("diversity", "Diversity", "scatter_plot", "viewer"),
    ],
    "Use": [Room("curate", "Curate", "inventory_2", "curator")],
    "Share": [Room("people", "People", "badge", "curator")],
}
ROOMS = {room.name: room for rooms in SECTIONS.values() for room in rooms}


def may_open(person: Person, name: str) -> bool:
    """Whether a person may open the page of this name; holders of an invitation only the one where they label."""
    room = ROOMS.get(name)
    if room is None or person.invite_id is not None:
        return room is not None and name == "label"
    return ROLES.index(person.role) >= ROLES.index(room.role)
