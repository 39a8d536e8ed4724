from __future__ import annotations

import pytest

from qdhf.search.proposals import SearchState
from tests.search.small_world import populated


@pytest.fixture(scope="session")
def state() -> SearchState:
    return populated()[0]
