"""What all tests share: one torch thread, a store of their own, real servers where they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as ``__main__``, which processes that a later test starts would run again."""
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN
