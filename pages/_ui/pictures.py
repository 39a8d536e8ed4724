"""Signed, expiring addresses for stored pictures: `/img/<expires>/<signature>/<sha256>`.

An address stays the same for a day, so that browsers can cache what it shows.
"""

from __future__ import annotations

import time

from pages._ui.signing import sign, signed
from qdhf.types import Item

DAY = 86_400
MAGIC = {
    b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif",
}  # fmt: skip


def address(sha: str) -> str:
    """Where the browser finds the file, for one to two days."""
    expires = (int(time.time()) // DAY + 2) * DAY
    return f"/img/{expires}/{sign(f'{expires}:{sha}')}/{sha}"


def thumbs(study_id: str) -> str:
    """What the addresses of all small pictures of a study begin with: ``128/<position>`` or ``256/<position>`` follows. One
    signature for all, so that a map of ten thousand need not carry as many."""
    expires = (int(time.time()) // DAY + 2) * DAY
    return f"/thumb/{expires}/{sign(_shelf(expires, study_id))}/{study_id}/"


def valid_thumbs(study_id: str, expires: int, signature: str) -> bool:
    return expires > time.time() and signed(_shelf(expires, study_id), signature)


def _shelf(expires: int, study_id: str) -> str:
    return f"thumbs:{expires}:{study_id}"


def valid(sha: str, expires: int, signature: str) -> bool:
    return expires > time.time() and signed(f"{expires}:{sha}", signature)


def media_type(data: bytes) -> str:
    """By the first bytes; what is not a known picture is never shown as one."""
    return next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), "application/octet-stream")


def thumb(item: Item, size: int = 256) -> str:
    """Address of an item's thumbnail of 128 or 256 pixels; of the file itself where it has none."""
    return address(item.thumbs.get(size, item.blob))


def alt(item: Item) -> str:
    """What a screen reader says of an item."""
    what = item.genome.prompt[:120] if item.genome else item.name
    kind = "Text" if item.kind == "text" else "Picture"
    return f"{kind} {item.position + 1}: {what}" if what else f"{kind} {item.position + 1}"
