"""Linear algebra on one thread.

The matrices here are small: more threads only wait for each other (on a busy machine a fit took 40 times as long), and
one thread makes results independent of the number of cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """While it lasts, numpy's and scipy's linear algebra use one thread in this process."""
    import scipy.linalg  # noqa: F401  its library must be loaded to be limited
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1, user_api="blas"):
        yield
