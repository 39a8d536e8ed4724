"""Where an installation keeps its records, unless it is told."""

from __future__ import annotations

import os
from pathlib import Path


def default_folder(folder: str | Path | None = None) -> Path:
    """``folder``, else QDHF_HOME, else ``data`` in the current directory."""
    return Path(folder or os.environ.get("QDHF_HOME") or "data").absolute()


def default_url(folder: Path) -> str:
    """QDHF_DATABASE_URL, else ``studio.db`` in the folder."""
    return os.environ.get("QDHF_DATABASE_URL") or f"sqlite:///{folder / 'studio.db'}"


def default_blobs(folder: Path) -> str:
    """QDHF_BLOBS (a folder or an fsspec URL), else ``blobs`` in the folder."""
    return os.environ.get("QDHF_BLOBS") or str(folder / "blobs")
