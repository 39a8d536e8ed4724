"""What browser tests share: a Chromium, a visitor, the stage of components, and the product with a study in it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from benchmarks.browser import product
from benchmarks.planted_study import answered, pictured
from qdhf.studio import Studio
from storage import open_store
from tests.browser.driving import OPEN, chromium, seen, serving


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails says what its pages showed."""
    report = yield
    if report.failed and report.when == "call":
        report.sections += [("On screen", seen(page)) for page in OPEN]
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor's browser for the whole module: Streamlit's own files are fetched once."""
    shared = browser.new_context(viewport={"width": 1280, "height": 800})
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def stage_address() -> Iterator[str]:
    """The stage of the two browser components, see ``harness``."""
    with serving(Path(__file__).parent / "harness" / "server.py") as url:
        yield url


@dataclass(frozen=True)
class Furnished:
    """The product without a worker, and a study in it that every page has something to show of."""

    address: str
    study_id: str

    def page(self, name: str) -> str:
        return f"{self.address}/{name}?study={self.study_id}"


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """30 planted pictures, 90 answers of three raters, learned axes with a name, a set."""
    home = tmp_path_factory.mktemp("furnished") / "data"
    store = open_store(folder=home)
    studio = Studio(store)
    study = pictured(studio, 30, batch=10)
    answered(store, study, [studio.labelling.rater(study, name) for name in ("Ann", "Bob", "Cleo")], 90)
    studio.learning.fit(study)
    studio.learning.name_axis(study, 0, "Roundness", "square", "round")
    studio.curating.save(study, "Ten of them", studio.curating.choose(study, 10))
    store.close()
    with product(home, worker=False) as address:
        yield Furnished(address, study.id)
