"""Files named by the SHA-256 of their content, in a local folder or behind any fsspec URL.

``ab/cd/abcd…``: two levels of folders. A file appears under its name complete and on the disk, or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput, NotFound, StorageFailure
from qdhf.ports import Blobs

CHUNK = 1 << 20  # bytes read at a time
SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def checked_sha(sha256: str) -> str:
    """``sha256`` if it is one: 64 lower-case hexadecimal characters. Raises InvalidInput."""
    if not isinstance(sha256, str) or not SHA256.match(sha256):
        raise InvalidInput(f"A SHA-256 has 64 lower-case hexadecimal characters; got {str(sha256)[:80]!r}.")
    return sha256


def open_blobs(place: str | Path) -> Blobs:
    """Blobs in a local folder (made if need be), or at an fsspec URL such as ``s3://bucket/folder``."""
    text = str(place)
    if text.startswith("file://"):
        text = text.removeprefix("file://")
    return RemoteBlobs(text) if "://" in text else LocalBlobs(Path(text))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _sha_of(path: str | Path) -> str:
    path, digest = Path(path), hashlib.sha256()
    if not path.is_file():
        raise NotFound(f"There is no file at {path}.")
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _verified(sha256: str, data: bytes, where: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise StorageFailure(
            f"The file {where} is damaged: its content has SHA-256 {found[:16]}…, not the one it is named by. "
            "Restore it from a backup, or generate the item again."
        )
    return data


def _sync(place: Path) -> None:
    """Make sure that a file's content, or the names in a folder, survive a power cut."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _moved(source: Path, target: Path) -> bool:
    """Whether the file could be moved instead of copied; its content is on the disk by then."""
    _sync(source)
    try:
        source.rename(target)
    except OSError:
        return False
    return True


class LocalBlobs:
    """A folder on this machine. Safe to share between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        with self._explained():
            self.folder.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> str:
        """Keep ``data``; returns its SHA-256. Raises StorageFailure where the disk refuses; nothing is half-written."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._keep(sha256, len(data), [data])
        return sha256

    def put_file(self, path: str | Path, *, own: bool = False) -> str:
        """Keep the file at ``path``, whatever its size; returns its SHA-256. ``own``: the file may be taken
        away, so that it need not be copied where it lies on the same disk. Raises NotFound, StorageFailure."""
        sha256 = _sha_of(path)
        self._keep(sha256, Path(path).stat().st_size, _chunks(Path(path)), Path(path) if own else None)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content. Raises NotFound, and StorageFailure where it no longer matches its name."""
        path = self._place(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise self._missing(sha256) from None
        except OSError as error:
            raise StorageFailure(f"The file {path} cannot be read: {error.strerror}.") from error
        return _verified(sha256, data, str(path))

    def path(self, sha256: str) -> str:
        """The local path of the file. Raises NotFound."""
        path = self._place(sha256)
        if not path.is_file():
            raise self._missing(sha256)
        return str(path)

    def _place(self, sha256: str) -> Path:
        checked_sha(sha256)
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def _missing(self, sha256: str) -> NotFound:
        return NotFound(f"There is no file with SHA-256 {sha256} in {self.folder}.")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = f"A file could not be kept in {self.folder}: {error.strerror or error}. Nothing was written."
            raise StorageFailure(reason) from error

    def _keep(self, sha256: str, size: int, chunks: Iterable[bytes], own: Path | None = None) -> None:
        final = self._place(sha256)
        with contextlib.suppress(OSError):
            if final.stat().st_size == size:
                return  # a file cut short by a crash of the machine is written again
        with self._explained():
            self._make_folders(final.parent)
            temporary = final.parent / f".{os.getpid()}-{os.urandom(6).hex()}.part"
            try:
                if not (own and _moved(own, temporary)):
                    with temporary.open("xb") as file:
                        file.writelines(chunks)
                        file.flush()
                        os.fsync(file.fileno())
                temporary.replace(final)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            _sync(final.parent)

    def _make_folders(self, folder: Path) -> None:
        for level in (folder.parent, folder):
            if not level.is_dir():
                level.mkdir(exist_ok=True)
                _sync(level.parent)


class RemoteBlobs:
    """An object store, or any file system that fsspec knows. Files are sent whole, so that none is seen half."""

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise InvalidInput(f"Files cannot be kept at {url.partition('://')[0]}://…: {error}") from error

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self._send(sha256, len(data), lambda place: self._files.pipe_file(place, data))
        return sha256

    def put_file(self, path: str | Path, *, own: bool = False) -> str:
        """Keep the file at ``path``, whatever its size; returns its SHA-256. Raises NotFound, StorageFailure."""
        sha256 = _sha_of(path)
        self._send(sha256, Path(path).stat().st_size, lambda place: self._files.put_file(str(path), place))
        return sha256

    def get(self, sha256: str) -> bytes:
        place = self._place(sha256)
        try:
            data: bytes = self._files.cat_file(place)
        except FileNotFoundError:
            raise NotFound(f"There is no file with SHA-256 {sha256} at {self._root}.") from None
        except Exception as error:
            raise self._refused(error) from error
        return _verified(sha256, data, place)

    def path(self, sha256: str) -> str:
        """The file's fsspec URL. Raises NotFound."""
        place = self._place(sha256)
        try:
            there = self._files.isfile(place)
        except Exception as error:
            raise self._refused(error) from error
        if not there:
            raise NotFound(f"There is no file with SHA-256 {sha256} at {self._root}.")
        return str(self._files.unstrip_protocol(place))

    def _place(self, sha256: str) -> str:
        checked_sha(sha256)
        return f"{self._root.rstrip('/')}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def _send(self, sha256: str, size: int, send: Any) -> None:
        place = self._place(sha256)
        try:
            if not (self._files.isfile(place) and self._files.size(place) == size):
                self._files.makedirs(place.rpartition("/")[0], exist_ok=True)
                send(place)
        except Exception as error:  # every driver raises kinds of its own
            raise self._refused(error) from error

    def _refused(self, error: Exception) -> StorageFailure:
        return StorageFailure(f"The file store at {self._root} refused: {error or type(error).__name__}.")
