"""Stores over both databases, with a study and a rater."""

from tests.storage_fixtures import (  # noqa: F401
    ann,
    backend,
    empty_url,
    opener,
    postgresql,
    sqlite_store,
    store,
    study,
)
