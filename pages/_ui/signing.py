"""The key that signs what the app gives out: addresses of pictures, invitations.

It lies in the data folder, readable by its owner alone, or in QDHF_SECRET for several front ends. Whoever knows it can
make links that the app believes; with another key every link that was given out stops working.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from qdhf.errors import InvalidInput, StorageFailure

LEAST = 16  # characters of QDHF_SECRET


@lru_cache(maxsize=1)
def key() -> bytes:
    """The signing key, made at first use. Raises InvalidInput where QDHF_SECRET is short, StorageFailure where the
    key's file is empty."""
    if given := os.environ.get("QDHF_SECRET"):
        if len(given) < LEAST:
            raise InvalidInput(
                f"QDHF_SECRET needs at least {LEAST} characters that nobody can guess; it has {len(given)}."
            )
        return given.encode()
    path = Path(os.environ.get("QDHF_HOME", "data")) / "secret"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    found = path.read_bytes().strip()
    if len(found) < LEAST:
        raise StorageFailure(f"The signing key in {path} is damaged. Delete the file; links given out stop working.")
    return found


def _make(path: Path) -> None:
    """Write a new key as a whole or not at all; where another process was faster, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"secret.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_hex(32).encode())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)  # unlike a rename, never over what is there
    draft.unlink()


def sign(words: str) -> str:
    """128 bits of HMAC-SHA256, hexadecimal. Say in ``words`` what for, so that one signature never serves as another."""
    return hmac.new(key(), words.encode(), hashlib.sha256).hexdigest()[:32]


def signed(words: str, signature: str) -> bool:
    """Whether ``signature`` is that of ``words``; takes as long for a wrong one as for the right one."""
    return hmac.compare_digest(sign(words).encode(), signature.encode())
