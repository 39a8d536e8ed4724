"""The use-cases: what pages, the worker and the command line can do, over any store.

``Studio`` groups them by noun; each is a small class that takes the store. Nothing here draws or speaks SQL.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

from qdhf.ports import Store
from qdhf.studio.access import Access
from qdhf.studio.browsing import Browsing
from qdhf.studio.bundling import Bundling
from qdhf.studio.curating import Curating
from qdhf.studio.engine import Engine
from qdhf.studio.exporting import Exporting
from qdhf.studio.filtering import Filtering
from qdhf.studio.guiding import Guiding
from qdhf.studio.inspecting import Inspecting
from qdhf.studio.judgment_files import JudgmentFiles
from qdhf.studio.labelling import Labelling
from qdhf.studio.learning import Learning
from qdhf.studio.mapping import Mapping
from qdhf.studio.matrices import Matrices
from qdhf.studio.noting import Noting, Sayings
from qdhf.studio.publishing import Publishing
from qdhf.studio.rating import Rating
from qdhf.studio.remaking import Remaking
from qdhf.studio.running import Running
from qdhf.studio.seen import SeenStudio
from qdhf.studio.standing import Standing
from qdhf.studio.studies import Studies
from qdhf.studio.valuing import Valuing
from qdhf.types import Person


class Studio:
    """One installation's use-cases. Safe to share between threads, the engine apart."""

    def __init__(self, store: Store) -> None:
        self.store = store
        standing = Standing(store)
        self.matrices = Matrices(store, valued=lambda study, matrix: self.valuing.valued(study, matrix))
        self.valuing = Valuing(store, standing, self.matrices)
        self.studies = Studies(store)
        self.learning = Learning(store, self.matrices, standing)
        self.labelling = Labelling(store, self.learning, standing)
        self.guides = Guiding(store, self.learning)
        self.judgment_files = JudgmentFiles(store)
        self.rating = Rating(store, self.learning)
        self.running = Running(store, self.studies)
        self.browsing = Browsing(store, self.learning)
        self.mapping = Mapping(store, self.learning, self.rating)
        self.curating = Curating(store, self.learning, self.rating, self.valuing)
        self.exporting = Exporting(store, self.learning)
        self.bundling = Bundling(store)
        self.publishing = Publishing(store)
        sayings = Sayings(store)
        self.noting = Noting(store, sayings)
        self.filtering = Filtering(store, self.matrices, sayings)
        self.inspecting = Inspecting(store, self.matrices)
        self.remaking = Remaking(store)
        self.access = Access(store)

    def seen_by(self, person: Person) -> Studio:
        """The same use-cases, each of which raises NotAllowed where this person may not (see ``permissions.py``)."""
        return cast(Studio, SeenStudio(self, person))

    def may(self, use_case: Any) -> bool:
        """Whether ``use_case`` would be refused: never here, where nobody in particular asks."""
        return True

    @cached_property
    def engine(self) -> Engine:
        """The steps of a run, for the worker alone."""
        return Engine(self.store, self.learning)
