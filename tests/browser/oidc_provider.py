"""A sign-in service as teams have one: OpenID Connect with PKCE and signed tokens, on a free port, for tests.

Its sign-in page lists accounts to choose from instead of asking for a password; all else is the real protocol.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "studio", "only-the-app-knows-this"  # test values, valid nowhere else
ACCOUNTS: dict[str, dict[str, Any]] = {
    "ada": {"email": "Ada@example.org", "email_verified": True, "name": "Ada"},
    "ben": {"email": "ben@example.org", "email_verified": True, "name": "Ben"},
    "eve": {"email": "ada@example.org", "email_verified": False, "name": "Eve, who says that she is Ada"},
}


@dataclass
class Provider:
    """The service's state: its key, and what each code that it gave out stands for."""

    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        at = self.address
        return {
            "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }  # fmt: skip

    def choices(self, asked: Mapping[str, str]) -> str:
        """The page where somebody chooses an account; each link goes back to the app with a code of its own."""
        links = []
        for account in ACCOUNTS:
            code = secrets.token_hex(8)
            self.codes[code] = {**asked, "account": account}
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            links.append(f'<p><a href="{html.escape(back)}">{account}</a></p>')
        return f"<!doctype html><title>Choose an account</title>{''.join(links)}"

    def token(self, given: Mapping[str, str], credentials: str) -> dict[str, Any] | None:
        """Tokens for a code, once, for the app that can prove that it asked for it."""
        asked = self.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or credentials != f"{CLIENT}:{SECRET}" or asked["code_challenge"] != challenge:
            return None
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "sub": asked["account"], "iat": now, "exp": now + 600,
            "nonce": asked["nonce"], **ACCOUNTS[asked["account"]],
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        return {"access_token": secrets.token_hex(8), "token_type": "Bearer", "expires_in": 600, "id_token": signed}

    def secrets_file(self, folder: Path) -> Path:
        """Write the ``secrets.toml`` of an app that signs in here; returns where it lies."""
        path = folder / "secrets.toml"
        path.write_text(
            f'[auth]\nredirect_uri = "http://localhost:{{port}}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_hex(32)}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{self.address}/.well-known/openid-configuration"\n'
        )
        return path


def handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, content: object, status: int = 200) -> None:
            page = isinstance(content, str)
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8" if page else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/.well-known/openid-configuration":
                self.answer(provider.metadata())
            elif url.path == "/keys":
                self.answer({"keys": [provider.key.as_dict(private=False)]})
            elif url.path == "/authorize":
                self.answer(provider.choices({k: v[0] for k, v in parse_qs(url.query).items()}))
            else:
                self.answer({}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {k: v[0] for k, v in parse_qs(body).items()}
            basic = self.headers.get("Authorization", "").removeprefix("Basic ")
            told = base64.b64decode(basic).decode() or f"{given.get('client_id')}:{given.get('client_secret')}"
            tokens = provider.token(given, told)
            self.answer(tokens or {"error": "invalid_grant"}, 200 if tokens else 400)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def sign_in_service() -> Iterator[Provider]:
    provider = Provider()
    server = ThreadingHTTPServer(("localhost", 0), handler_of(provider))
    provider.address = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
