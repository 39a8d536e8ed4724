"""Drive the app as a person does: a Streamlit server on a free port, and Chromium in front of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from benchmarks.browser import FLAGS, ROOT, chromium_path, free_port

START_LIMIT = 60.0
PATIENCE_MS = 45_000  # a busy machine is not a failure; twice as long as the card waits for a picture

OPEN: list[Page] = []  # pages that tests look at just now

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def serving(script: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run ``streamlit run script`` from the project's root; yields its address and ends it afterwards."""
    port = free_port()
    flags = [f"--server.port={port}", "--server.headless=true", "--browser.gatherUsageStats=false"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Streamlit ended with code {process.returncode} before it served anything.")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"Streamlit did not answer at {address} within {START_LIMIT:.0f} s.")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Without one the test is skipped, but fails where CI is set."""
    path = chromium_path()
    if path is None:
        reason = "Chromium is not installed (looked for chromium, chromium-browser, google-chrome)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(
    browser: Browser, address: str, *, width: int = 1280, height: int = 800, dark: bool = False, script: str = ""
) -> Iterator[Page]:
    """A fresh visitor's page at ``address``; nothing is cached yet. See :func:`opened` for ``script``."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        with opened(context, address, script=script) as page:
            yield page
    finally:
        context.close()


@contextmanager
def opened(context: BrowserContext, address: str, *, script: str = "") -> Iterator[Page]:
    """A new tab at ``address``. ``script`` runs in it before anything of the app does.

    An error in the page's own JavaScript fails the test.
    """
    page = context.new_page()
    OPEN.append(page)
    faults: list[str] = []
    missing: list[str] = []  # what did not come
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: missing.append(f"{request.url}: {request.failure}"))
    page.on(
        "response", lambda response: missing.append(f"{response.url}: {response.status}") if not response.ok else None
    )
    try:
        if script:
            page.add_init_script(script)
        page.goto(address)
        yield page
        assert not faults, f"JavaScript errors on {page.url}: {faults}"
    except BaseException as error:
        error.add_note(
            f"Did not come: {missing[-8:] or 'nothing'}. JavaScript errors: {faults or 'none'}.\n{seen(page)}"
        )
        raise
    finally:
        OPEN.remove(page)
        page.close()


def seen(page: Page) -> str:
    """What a page shows, for the report of a test that failed on it."""
    try:
        return f"{page.url} shows {page.evaluate(SEEN)}"
    except Error as error:
        return f"{page.url} cannot be looked at: {error}"


SEEN = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const cards = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')].map((host) => {
    const card = host.shadowRoot?.querySelector('.card');
    const images = [...(host.shadowRoot?.querySelectorAll('img') ?? [])];
    const pictures = images.map((image) => image.complete && image.naturalWidth > 0);
    return { visible: host.checkVisibility(), ...card?.dataset, pictures };
  });
  return JSON.stringify({ ...app?.dataset, focus: document.hasFocus(), active: document.activeElement?.outerHTML.slice(0, 120),
    cards, words: document.body.innerText.slice(0, 600) });
}"""


def await_quiet(page: Page) -> None:
    """Until the page has drawn all that its script says, and pictures that are in view have come."""
    app = page.locator('[data-testid="stApp"]')
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=3 * PATIENCE_MS)
    expect(page.locator('[data-testid="stMainBlockContainer"] [data-testid]').first).to_be_attached()
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=3 * PATIENCE_MS)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0)
    page.wait_for_function("[...document.images].every((image) => image.complete || image.loading === 'lazy')")


def overflow(page: Page) -> list[str]:
    """What reaches over the right edge of the window, outermost first, where the page can be scrolled sideways."""
    found: list[str] = page.evaluate("""() => {
      if (document.scrollingElement.scrollWidth <= innerWidth) return [];
      const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
      const name = (e) => `${e.tagName.toLowerCase()} ${e.dataset.testid ?? e.className} ${e.getBoundingClientRect().right}`;
      return [`${document.scrollingElement.scrollWidth} > ${innerWidth}`, ...wide.slice(0, 8).map(name)];
    }""")
    return found
