"""Without a network: the app, its worker, commands and first page, on a machine that has nothing but itself to talk to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALONE = ("unshare", "--user", "--map-root-user", "--net", "--")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# Python runs this in every process of the day: whom else does it try to reach?
WATCH = """
import os, socket
def watched(name, address):
    if str(address) not in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "None", ""):
        with open(os.environ["QDHF_WATCH"], "a") as log:
            log.write(f"{name} {address}\\n")
connect, lookup = socket.socket.connect, socket.getaddrinfo
def _connect(self, address):
    if isinstance(address, tuple):
        watched("connect", address[0])
    return connect(self, address)
def _lookup(host, *more, **named):
    watched("lookup", host)
    return lookup(host, *more, **named)
socket.socket.connect, socket.getaddrinfo = _connect, _lookup
"""

# A day with the product: serve, make pictures and texts, look at the first page.
DAY = """
import json, os, subprocess, sys, time, urllib.request
from pathlib import Path
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
try:
    urllib.request.urlopen("http://192.0.2.1", timeout=3)
    sys.exit("there is a network")
except OSError:
    pass
open(os.environ["QDHF_WATCH"], "w").close()  # that was our own call
qdhf = [sys.executable, "-m", "qdhf"]
served = subprocess.Popen([*qdhf, "serve", "--port", "8599"])
try:
    subprocess.run([*qdhf, "create", "Cats", "--prompt", "cat face"], check=True)
    subprocess.run([*qdhf, "create", "Seas", "--generator", "language", "--prompt", "The sea in one sentence."], check=True)
    for name in ("Cats", "Seas"):
        subprocess.run([*qdhf, "generate", name, "--images", "4", "--batch", "4"], check=True, timeout=200)
    until = time.monotonic() + 60
    while True:
        try:
            page = urllib.request.urlopen("http://127.0.0.1:8599/", timeout=5).read().decode()
            break
        except OSError:
            assert time.monotonic() < until, "the app does not answer"
            time.sleep(0.5)
    listed = subprocess.run([*qdhf, "list"], check=True, capture_output=True, text=True).stdout
    doctor = subprocess.run([*qdhf, "doctor"], capture_output=True, text=True)
    models = subprocess.run([*qdhf, "models"], check=True, capture_output=True, text=True).stdout
    from streamlit.testing.v1 import AppTest
    app = AppTest.from_file("app.py", default_timeout=60).run()
    pages = [[e.value for e in app.exception]]
finally:
    served.terminate()
    served.wait(30)
print(json.dumps({"page": "streamlit" in page.lower(), "listed": listed, "doctor": doctor.stdout + doctor.stderr,
                  "status": doctor.returncode, "models": models, "pages": pages}))
"""


def can_be_alone() -> bool:
    return bool(shutil.which("unshare") and shutil.which("ip")) and (
        subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not can_be_alone() and not os.environ.get("CI"), reason="cannot shut off the network here")
def test_a_day_without_a_network(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    settings = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    settings |= {
        "QDHF_HOME": str(tmp_path / "data"), "QDHF_WATCH": str(tmp_path / "reached"), "QDHF_THREADS": "1",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
    }  # fmt: skip
    day = subprocess.run(
        [*ALONE, sys.executable, "-c", DAY], cwd=ROOT, env=settings, capture_output=True, text=True, timeout=280
    )
    assert day.returncode == 0, day.stdout + day.stderr
    seen = json.loads(day.stdout.splitlines()[-1])
    assert seen["page"]
    assert seen["pages"] == [[]]
    assert seen["listed"].count("   4 items") == 2
    assert seen["status"] == 0, seen["doctor"]
    assert "emoji64" in seen["models"]
    assert (tmp_path / "reached").read_text() == ""
