"""Signed, expiring addresses for stored pictures: `/img/<expires>/<signature>/<sha256>`.

The key lies in the data folder (or in QDHF_SECRET for several front ends). An address stays the same for a day, so
that browsers can cache what it shows.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from functools import lru_cache
from pathlib import Path

from qdhf.types import Item

DAY = 86_400
MAGIC = {
    b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif",
}  # fmt: skip


@lru_cache(maxsize=1)
def key() -> bytes:
    """The signing key, made at first use; readable by its owner alone."""
    if given := os.environ.get("QDHF_SECRET"):
        return given.encode()
    path = Path(os.environ.get("QDHF_HOME", "data")) / "secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def sign(sha: str, expires: int) -> str:
    return hmac.new(key(), f"{expires}:{sha}".encode(), hashlib.sha256).hexdigest()[:32]


def address(sha: str) -> str:
    """Where the browser finds the file, for one to two days."""
    expires = (int(time.time()) // DAY + 2) * DAY
    return f"/img/{expires}/{sign(sha, expires)}/{sha}"


def valid(sha: str, expires: int, signature: str) -> bool:
    return expires > time.time() and hmac.compare_digest(sign(sha, expires), signature)


def media_type(data: bytes) -> str:
    """By the first bytes; what is not a known picture is never shown as one."""
    return next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), "application/octet-stream")


def thumb(item: Item, size: int = 256) -> str:
    """Address of an item's thumbnail of 128 or 256 pixels; of the file itself where it has none."""
    return address(item.thumbs.get(size, item.blob))


def alt(item: Item) -> str:
    """What a screen reader says of an item."""
    what = item.genome.prompt[:120] if item.genome else item.name
    return f"Picture {item.position + 1}: {what}" if what else f"Picture {item.position + 1}"
