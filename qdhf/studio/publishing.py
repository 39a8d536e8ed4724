"""Putting an export on a hub (Hugging Face, or another that speaks its interface): first what would leave, then the leaving.

Nothing is sent before a person has seen the list, and nothing without a token. The token is used and forgotten.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qdhf.errors import InvalidInput, NotAllowed, QdhfError
from qdhf.ports import Store
from qdhf.studio.exporting import opened
from qdhf.studio.pseudonyms import Outgoing
from qdhf.types import Export

REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}\Z", re.ASCII)
MOST_IN_A_FOLDER = 10_000  # files: the hub's own limit
HUB = "https://huggingface.co"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What would leave this machine. ``files``: names and sizes in bytes, in order. ``raters``: how many gave the answers that
    are inside, None where none are; ``names``: whether their names are."""

    export: Export
    repo: str
    private: bool
    hub: str
    files: tuple[tuple[str, int], ...]
    raters: int | None = None
    names: bool = False

    @property
    def size(self) -> int:
        return sum(size for _, size in self.files)

    @property
    def words(self) -> str:
        """In a sentence."""
        who = "only you and those you let in" if self.private else "everybody"
        return (
            f"{len(self.files):,} files, {self.size / 1e6:.1f} MB, to the data set {self.repo} on {self.hub}, which "
            f"{who} can see. {self._answers}"
        )

    @property
    def _answers(self) -> str:
        if not self.raters:
            return "No answers of people are inside."
        people = "one person" if self.raters == 1 else f"{self.raters:,} people"
        if self.names:
            return f"The answers of {people} are inside, with their names."
        return f"The answers of {people} are inside, without their names: they are “Rater 1” and so on."


class Publishing:
    """Use-cases about hubs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def plan(
        self, export: Export, repo: str, *, private: bool = True, hub: str | None = None, names: bool = False
    ) -> Upload:
        """What publishing a finished export would send, with the names of those who answered only where ``names`` says so.
        Sends nothing. Raises InvalidInput, NotFound."""
        if export.blob is None or export.collection_id is None:
            raise InvalidInput("Only a finished export of a set can be published; whole studies hold people's names.")
        if not REPO.match(repo) or ".." in repo or "--" in repo:
            raise InvalidInput(f"A data set is named owner/name, letters, digits, - _ and . only; got “{repo[:100]}”.")
        with opened(self._store, export.blob) as file, zipfile.ZipFile(file) as archive:
            leaving = Outgoing(archive, export.id, names)
            files = leaving.files
        images = sum(name.startswith("images/") for name, _ in files)
        if images > MOST_IN_A_FOLDER:
            raise InvalidInput(
                f"The folder images has {images:,} files; a hub takes {MOST_IN_A_FOLDER:,} at most. Export the set as "
                "Parquet and publish that."
            )
        return Upload(
            export=export,
            repo=repo,
            private=private,
            hub=hub or _hub(),
            files=files,
            raters=leaving.raters,
            names=names,
        )

    def publish(self, upload: Upload, token: str | None, told: Callable[[str], None] = lambda step: None) -> str:
        """Send what was planned, in one commit; returns the address. An existing data set is added to. Raises
        NotAllowed without a token, where the hub refuses it, or where what was to be private would be public; QdhfError."""
        if not (token or "").strip():
            raise NotAllowed(
                "A hub wants a token that may write: make one in its settings, then give it or set HF_TOKEN."
            )
        folder = self._store.work / "publish" / upload.export.id
        try:
            told("unpacking")
            with opened(self._store, str(upload.export.blob)) as file, zipfile.ZipFile(file) as archive:
                Outgoing(archive, upload.export.id, upload.names).write(folder)
            told("sending")
            return _send(upload, folder, str(token).strip())
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _hub() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _send(upload: Upload, folder: Path, token: str) -> str:
    from httpx2 import HTTPError
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    api = HfApi(endpoint=upload.hub, token=token)
    where: dict[str, Any] = {"repo_id": upload.repo, "repo_type": "dataset"}
    try:
        api.create_repo(**where, private=upload.private, exist_ok=True)
        if upload.private and not api.dataset_info(upload.repo).private:
            raise NotAllowed(f"{upload.repo} is there already and public. Choose another name, or publish it openly.")
        api.upload_folder(**where, folder_path=folder, commit_message=f"Add a set of {len(upload.files)} files")
    except OfflineModeIsEnabled as error:
        raise QdhfError("HF_HUB_OFFLINE is set: nothing is sent. Unset it to publish.") from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        kind = NotAllowed if status in (401, 403) else QdhfError
        raise kind(
            f"The hub refused ({status}): {error.server_message or 'no reason given'}. Nothing is published."
        ) from error
    except (HTTPError, OSError) as error:
        raise QdhfError(f"The hub {upload.hub} cannot be reached: {error}. Nothing is published.") from error
    return f"{upload.hub}/datasets/{upload.repo}"
