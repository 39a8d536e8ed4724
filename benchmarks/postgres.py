"""A PostgreSQL server of one's own, started where its programs are installed and gone with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def binaries() -> Path | None:
    """The folder of initdb and pg_ctl; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "/missing")]
    return found[-1].parent if found[-1].exists() else None


class Server:
    """Reached over a socket in its folder, by whoever may read that; it takes no connection from elsewhere."""

    def __init__(self, programs: Path, *, place: str | None = None, settings: str = "") -> None:
        """``place``: the folder in which its own is made; ``settings``: more of the server's options (-c name=value)."""
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="qdhf-pg-", dir=place))
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(self.folder, "postgres")
        self._data = self.folder / "data"
        self._call("initdb", "-D", self._data, "-A", "trust", "-U", "qdhf", "-E", "UTF8", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=60 {settings}"
        self._start = ("-D", self._data, "-w", "-l", self.folder / "log", "-o", options, "start")
        self._call("pg_ctl", *self._start)
        atexit.register(self.stop)

    def restart(self) -> None:
        """Every connection is cut; what was committed stays."""
        self._call("pg_ctl", "-D", self._data, "-w", "-m", "fast", "stop")
        self._call("pg_ctl", *self._start)

    def _call(self, program: str, *arguments: object) -> None:
        drop = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*drop, str(self._programs / program), *map(str, arguments)]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=120)

    def stop(self) -> None:
        if self.folder.exists():
            self._call("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://qdhf@/{database}?host={self.folder}"
