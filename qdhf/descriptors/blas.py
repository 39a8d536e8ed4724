"""Linear algebra on one thread.

The matrices here are small: more threads only wait for each other (on a busy machine a fit took 40 times as long), and
one thread makes results independent of the number of cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _libraries() -> Any:
    """The linear algebra libraries of this process. Looking for them takes 20 ms, so it is done once."""
    import scipy.linalg  # noqa: F401  its library must be loaded to be limited
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """While it lasts, numpy's and scipy's linear algebra use one thread in this process."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield
