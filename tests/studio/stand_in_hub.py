"""A stand-in for a hub on this machine: enough of its interface to take one data set, and a record of all that was asked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hub:
    """``public``: a data set of this name is there already, for everybody to see. ``token``: the one that may write."""

    def __init__(self, token: str = "hf_right", public: bool = False) -> None:
        self.token, self.private, self.exists = token, not public, public
        self.files: dict[str, bytes] = {}
        self.large: dict[str, bytes] = {}  # by SHA-256
        self.asked: list[str] = []
        self.commits: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if path.startswith("/lfs/") and method == "PUT":
            self.large[hashlib.sha256(body).hexdigest()] = body
            return 200, {}
        if token != f"Bearer {self.token}":
            return 401, {"error": "Invalid credentials"}
        for pattern, reply in (
            (r"/api/repos/create$", self._create), (r"/api/datasets/.*/preupload/main$", self._modes),
            (r".*\.git/info/lfs/objects/batch$", self._batch), (r"/api/datasets/.*/commit/main$", self._commit),
            (r"/api/datasets/[^/]+/[^/]+(/revision/main)?$", self._info), (r"/api/validate-yaml$", self._fine),
        ):  # fmt: skip
            if re.match(pattern, path):
                return reply(path, body)
        return 404, {"error": f"The stand-in does not know {method} {path}"}

    def _create(self, path: str, body: bytes) -> tuple[int, Any]:
        if self.exists:
            return 409, {"error": "You already created this dataset repo", "url": self._address(json.loads(body))}
        asked = json.loads(body)
        self.private, self.exists = asked.get("private") is True or asked.get("visibility") == "private", True
        return 200, {"url": self._address(json.loads(body))}

    def _address(self, asked: dict[str, Any]) -> str:
        return f"{self.url}/datasets/{asked.get('organization') or 'me'}/{asked['name']}"

    def _info(self, path: str, body: bytes) -> tuple[int, Any]:
        name = "/".join(path.split("/")[3:5])
        return 200, {"id": name, "private": self.private, "sha": "0" * 40, "siblings": [], "tags": []}

    def _fine(self, path: str, body: bytes) -> tuple[int, Any]:
        return 200, {"errors": [], "warnings": []}

    def _modes(self, path: str, body: bytes) -> tuple[int, Any]:
        files = [
            {"path": f["path"], "uploadMode": "lfs" if f["path"].endswith((".png", ".parquet")) else "regular",
             "shouldIgnore": False}
            for f in json.loads(body)["files"]
        ]  # fmt: skip
        return 200, {"files": files, "commitOid": "0" * 40}

    def _batch(self, path: str, body: bytes) -> tuple[int, Any]:
        objects = [
            {
                "oid": o["oid"],
                "size": o["size"],
                "actions": {"upload": {"href": f"{self.url}/lfs/{o['oid']}", "header": {}}},
            }
            for o in json.loads(body)["objects"]
        ]
        return 200, {"transfer": "basic", "objects": objects}

    def _commit(self, path: str, body: bytes) -> tuple[int, Any]:
        for line in body.splitlines():
            record = json.loads(line)
            value = record["value"]
            if record["key"] == "header":
                self.commits.append(value["summary"])
            elif record["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif record["key"] == "lfsFile":
                self.files[value["path"]] = self.large[value["oid"]]
        name = "/".join(path.split("/")[3:5])
        return 200, {
            "commitOid": "1" * 40,
            "commitUrl": f"{self.url}/datasets/{name}/commit/{'1' * 40}",
            "success": True,
        }


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """Serve ``hub`` on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            body = self._body()
            path = self.path.partition("?")[0]
            status, said = hub.answer(self.command, path, self.headers.get("Authorization", ""), body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = reply  # noqa: N815

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
