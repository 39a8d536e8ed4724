"""The real worker, with misfortunes: ``python -m tests.moody_worker``. Files in QDHF_HOME say which.

``kill-ask``, ``kill-make``, ``kill-store``: kill -9 once that step of an iteration after the first has done its work, before
anybody remembers it; the file goes first. ``full``: while it is there, no file of pictures can be kept.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import storage.blobs
import worker
from qdhf.studio.engine import Engine

HOME = Path(os.environ["QDHF_HOME"])
STEPS = {"ask": "kill-ask", "make": "kill-make", "store_made": "kill-store"}


def mortal(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    def mortal_step(engine: Engine, run_id: str, index: int, *rest: Any) -> Any:
        result = step(engine, run_id, index, *rest)
        if index > 0 and (HOME / name).exists():
            (HOME / name).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return mortal_step


def sync(handle: int) -> None:
    if (HOME / "full").exists() and "/blobs/" in os.readlink(f"/proc/self/fd/{handle}"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


if __name__ == "__main__":
    for method, file in STEPS.items():
        setattr(Engine, method, mortal(file, getattr(Engine, method)))
    storage.blobs.os.fsync = sync  # type: ignore[attr-defined]
    worker.PATIENCE["max_attempts"] = 2
    worker.main()
