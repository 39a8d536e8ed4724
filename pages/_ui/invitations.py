"""Links that let somebody label one study without an account: ``/?invite=<id>.<signature>``."""

from __future__ import annotations

from pages._ui.signing import sign, signed
from qdhf.errors import NotAllowed
from qdhf.types import Invite


def _words(invite_id: str) -> str:
    return f"invite:{invite_id}"


def link_of(invite: Invite) -> str:
    """The path that opens the label page for the holder; put the app's public origin before it."""
    return f"/?invite={invite.id}.{sign(_words(invite.id))}"


def invitation_of(text: str) -> str:
    """The id of the invitation that a link carries. Raises NotAllowed where the link was not made here as it is."""
    invite_id, _, signature = text.partition(".")
    if not signed(_words(invite_id), signature):
        raise NotAllowed(
            "This invitation link is not as it was sent: part of it is missing or changed. Open it again from the message, "
            "or copy it as a whole."
        )
    return invite_id
