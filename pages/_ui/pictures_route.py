"""Stored pictures by their signed, expiring address (see ``pictures.py``), bit for bit as they were stored."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pages._ui.context import open_studio
from pages._ui.pictures import media_type, valid, valid_thumbs
from qdhf.errors import QdhfError

ALWAYS = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}


def picture(request: Request) -> Response:
    """The file; 304 where the browser has it, 403 for an address that is not valid (any more), 404 where it is gone.

    An address names its content by SHA-256, which never changes: the browser may keep it as long as the address is
    valid, for itself alone."""
    sha, expires, signature = (request.path_params[k] for k in ("sha", "expires", "signature"))
    if not valid(sha, expires, signature):
        return _sorry("This address has expired or is not valid. Reload the page.", 403)
    headers = ALWAYS | _kept(expires) | {"ETag": f'"{sha}"'}
    if f'"{sha}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    try:
        data = open_studio().store.blobs.get(sha)
    except QdhfError as error:
        return _sorry(str(error), 404)
    return _shown(data, headers)


def thumbnail(request: Request) -> Response:
    """The small picture of the item at a position of a study; 403 and 404 as :func:`picture` has them. What is at a
    position never changes."""
    study, expires, signature = (request.path_params[k] for k in ("study", "expires", "signature"))
    if not valid_thumbs(study, expires, signature):
        return _sorry("This address has expired or is not valid. Reload the page.", 403)
    size, position = (request.path_params[k] for k in ("size", "position"))
    try:
        data = open_studio().mapping.thumbnail(study, position, size)
    except QdhfError as error:
        return _sorry(str(error), 404)
    return _shown(data, ALWAYS | _kept(expires))


def _kept(expires: int) -> dict[str, str]:
    return {"Cache-Control": f"private, max-age={max(0, int(expires - time.time()))}, immutable"}


def _shown(data: bytes, headers: dict[str, str]) -> Response:
    kind = media_type(data)
    if not kind.startswith("image/"):
        headers = headers | {"Content-Disposition": "attachment"}  # the browser does not open it as a page of ours
    return Response(data, media_type=kind, headers=headers)


def _sorry(words: str, status: int) -> Response:
    return PlainTextResponse(words, status_code=status, headers=ALWAYS | {"Cache-Control": "no-store"})
