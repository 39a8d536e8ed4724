"""What each role may do: one table that names every use-case. What it does not name, nobody may do.

Each role may do what those before it may: viewer, rater, curator, admin (:data:`qdhf.types.access.ROLES`). A new use-case
needs a line here; ``tests/studio/test_permissions.py`` fails until it has one.
"""

from __future__ import annotations

from dataclasses import dataclass

from qdhf.types import Person, Role
from qdhf.types.access import ROLES


@dataclass(frozen=True, kw_only=True)
class Rule:
    """``role``: the least that may; None: no visitor, only the program itself (workers, the command line, the door).
    ``invited``: holders of an invitation may, within its study. ``own``: raters, questions and answers that are given or
    returned must be the person's own. ``typed``: goes by a name that somebody types, so not where we know better.
    ``signed``: is told who does it, as ``by``, whatever the page says."""

    role: Role | None
    invited: bool = False
    own: bool = False
    typed: bool = False
    signed: bool = False

    def allows(self, person: Person) -> bool:
        if self.role is None or (self.typed and not person.local):
            return False
        if person.invite_id is not None:
            return self.invited
        return ROLES.index(person.role) >= ROLES.index(self.role)


INSIDE = Rule(role=None)
LOOK = Rule(role="viewer")
SHARED = Rule(role="viewer", invited=True)
ANSWER = Rule(role="rater", invited=True, own=True)
TYPED = Rule(role="rater", typed=True)
CURATE = Rule(role="curator")
SIGNED = Rule(role="curator", signed=True)
MANAGE = Rule(role="admin")

RULES: dict[str, dict[str, Rule]] = {
    "studies": {
        "all": LOOK, "get": SHARED, "overview": LOOK, "item_count": SHARED,
        "create": CURATE, "create_own": CURATE, "create_demo": CURATE, "populate": CURATE, "start": CURATE,
        "import_pictures": CURATE,
    },
    "learning": {
        "current": LOOK, "projection": LOOK, "versions": LOOK, "health": LOOK, "answers_since": LOOK, "axis_names": LOOK,
        "starts": LOOK, "knows_words": LOOK, "suggest_names": LOOK, "plan": LOOK, "count_axes": LOOK,
        "exclusions_changed": LOOK, "left_out": CURATE,
        "fit": CURATE, "name_axis": CURATE, "answers": CURATE, "raters": CURATE,
    },
    "valuing": {
        "aim": LOOK, "liking": LOOK, "ruled_out": LOOK, "set_aim": CURATE, "count_only": CURATE, "valued": INSIDE,
        "measures": INSIDE,
    },
    "labelling": {
        "rater": TYPED, "queue": ANSWER, "asked": ANSWER, "past": ANSWER, "record": ANSWER, "useful": ANSWER,
        "encouragement": ANSWER, "pictures": ANSWER, "texts": ANSWER, "answered": SHARED,
    },
    "guides": {
        "current": SHARED, "pictures": SHARED, "texts": SHARED, "versions": LOOK,
        "write": CURATE, "example": CURATE, "agreed": CURATE, "shelf": CURATE,
        "practice": ANSWER, "wants_practice": ANSWER, "note_practice": ANSWER,
    },
    "judgment_files": {"export_judgments": CURATE, "import_judgments": CURATE},
    "rating": {
        "people": CURATE, "progress": CURATE, "excluded": CURATE, "exclude": CURATE, "let_in": CURATE,
        "reports": CURATE, "agreement": CURATE, "missing": CURATE, "groups": CURATE, "known_groups": CURATE,
        "examples": CURATE, "fair": CURATE,
    },
    "running": {
        "status": LOOK, "of_study": LOOK, "newest_items": LOOK, "worker_alive": LOOK,
        "illuminate": CURATE, "pause": CURATE, "resume": CURATE,
    },
    "browsing": {"map": LOOK, "detail": LOOK, "along_axes": LOOK, "diversity": LOOK},
    "mapping": {
        "sheet": LOOK, "colours": LOOK, "ways": LOOK, "strips": LOOK, "items": LOOK, "targets": LOOK, "passing": LOOK,
        "version_at": LOOK, "thumbnail": INSIDE,
    },
    "curating": {
        "marks": LOOK, "collections": LOOK, "items": LOOK, "find": LOOK,
        "ways": LOOK, "dials": LOOK, "card": LOOK, "marked": LOOK, "texts": LOOK, "removed": LOOK,
        "at": LOOK, "passing": LOOK, "group_shares": CURATE,
        "choose": CURATE, "save": CURATE, "mark": CURATE, "rename": CURATE, "remove": CURATE,
    },
    "noting": {
        "tags": LOOK, "of_item": LOOK, "tag": SIGNED, "untag": SIGNED, "star": SIGNED, "note": SIGNED,
    },
    "inspecting": {"item": LOOK, "items": LOOK, "texts": LOOK, "family": LOOK, "related": LOOK},
    "remaking": {"of_item": LOOK, "request": SIGNED, "item": INSIDE, "make": INSIDE},
    "filtering": {"ids": LOOK, "choices": LOOK, "items": LOOK, "raters": CURATE},
    "exporting": {
        "of_study": LOOK, "status": LOOK, "formats": LOOK, "usual": LOOK,
        "open": CURATE, "request": CURATE, "request_study": CURATE, "again": CURATE, "write": INSIDE,
    },
    "bundling": {"bundle": INSIDE, "unbundle": SIGNED},
    "publishing": {"plan": CURATE, "publish": CURATE},
    "access": {
        "signed_in": INSIDE, "invited": INSIDE, "still": INSIDE, "own_rater": ANSWER,
        "members": MANAGE, "admins": MANAGE, "set_role": MANAGE,
        "invite": CURATE, "invites": CURATE, "revoke": CURATE,
    },
}  # fmt: skip
