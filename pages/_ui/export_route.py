"""Finished exports by a signed, expiring address, streamed: an export of any size passes without filling the memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from pages._ui.context import open_studio
from pages._ui.signing import sign, signed
from qdhf.errors import QdhfError
from qdhf.studio.exporting import opened

HOURS = 12
CHUNK = 1 << 20
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def export_address(sha: str, name: str) -> str:
    """Where the browser gets the file, as ``name``, for twelve hours."""
    expires = int(time.time()) + HOURS * 3600
    return f"/export/{expires}/{sign(_words(expires, sha, name))}/{sha}/{quote(name, safe='')}"


def export_file(request: Request) -> Response:
    """The ZIP; 403 for an address that is not valid (any more), 404 where the file is gone."""
    expires, signature, sha, name = (request.path_params[k] for k in ("expires", "signature", "sha", "name"))
    if expires <= time.time() or not signed(_words(expires, sha, name), signature):
        return _sorry("This address has expired or is not valid. Reload the page.", 403)
    try:
        file = opened(open_studio().store, sha)
    except QdhfError as error:
        return _sorry(str(error), 404)
    size = file.seek(0, 2)
    file.seek(0)
    headers = ALWAYS | {
        "Content-Length": str(size), "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
    }  # fmt: skip
    return StreamingResponse(_chunks(file), media_type="application/zip", headers=headers)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _words(expires: int, sha: str, name: str) -> str:
    return f"export:{expires}:{sha}:{name}"


def _sorry(words: str, status: int) -> Response:
    return PlainTextResponse(words, status_code=status, headers=ALWAYS)
