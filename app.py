"""The front end: the pages behind one frame, and the pictures behind signed addresses.

streamlit run app.py
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages._ui.context import open_studio
from pages._ui.pictures import media_type, valid
from qdhf.errors import QdhfError


def picture(request: Request) -> Response:
    """A stored file by its signed, expiring address (see ``pages/_ui/pictures.py``)."""
    sha, expires, signature = (request.path_params[k] for k in ("sha", "expires", "signature"))
    if not valid(sha, expires, signature):
        return PlainTextResponse("This address has expired or is not valid. Reload the page.", status_code=403)
    try:
        data = open_studio().store.blobs.get(sha)
    except QdhfError as error:
        return PlainTextResponse(str(error), status_code=404)
    headers = {"Cache-Control": "private, max-age=604800, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=media_type(data), headers=headers)


# The script lies beside no `pages` folder of its own, so no page can be opened past the frame and its guard.
app = st.App(
    Path(__file__).parent / "pages" / "_ui" / "frame.py",
    routes=[Route("/img/{expires:int}/{signature}/{sha}", picture)],
)
