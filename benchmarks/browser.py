"""The whole app as a user starts it, and a Chromium in front of it; for benchmarks and for browser tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_LIMIT_S = 90
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str | None:
    """Where the system's Chromium lies; None without one."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def product(home: Path, *, worker: bool = True) -> Iterator[str]:
    """`python -m qdhf serve` on ``home``; yields its address and ends it, worker and all."""
    port = free_port()
    command = [sys.executable, "-m", "qdhf", "serve", "--port", str(port), "--worker" if worker else "--no-worker"]
    environment = {**os.environ, "QDHF_HOME": str(home), "HF_HUB_OFFLINE": "1", "QDHF_THREADS": "1"}
    log = home.parent / "serve.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True)
    try:
        address = f"http://localhost:{port}"
        _await_health(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_health(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"The app ended before it served anything:\n{log.read_text()}") from None
            if time.monotonic() > deadline:
                raise TimeoutError(f"The app did not answer within {START_LIMIT_S} s.") from None
            time.sleep(0.2)
