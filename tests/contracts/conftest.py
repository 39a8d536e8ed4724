"""Stores over both databases."""

from tests.storage_fixtures import (  # noqa: F401
    backend,
    empty_url,
    opener,
    postgresql,
    sqlite_store,
    store,
)
