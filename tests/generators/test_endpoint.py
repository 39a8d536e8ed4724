"""Texts from a server: against a real one on this machine that speaks chat completions, well and badly."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.endpoint import KEYS, LARGEST, EndpointGenerator
from qdhf.generators.wording import Wording
from qdhf.ports import Generator
from qdhf.registry import open_generator
from qdhf.types import GeneratorSpec, Genome, Variation

SECRET = "let-me-in"


class Handler(BaseHTTPRequestHandler):
    """Writes what it was asked; the prompt says how it goes wrong."""

    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(request)
        self.server.keys.append(self.headers.get("Authorization"))
        prompt = request["messages"][0]["content"]
        if self.headers.get("Authorization") != f"Bearer {SECRET}":
            self.answer(401, {"error": {"message": "Incorrect API key provided"}})
        elif request["model"] != "tiny" or self.path != "/v1/chat/completions":
            self.answer(404, {"error": {"message": "model not found"}})
        elif "busy" in prompt and len([r for r in self.server.asked if r == request]) < 3:
            self.answer(429, {"error": {"message": "slow down"}})
        elif "huge" in prompt:
            self.answer(200, {"text": "W" * (LARGEST + 1)})
        elif "drip" in prompt:
            self.drip()
        elif "slow" in prompt:
            time.sleep(1.5)
            self.answer(200, {})
        elif "odd" in prompt:
            self.answer(200, {"hello": "world"})
        else:
            self.answer(200, {"choices": [choice(prompt, request)]})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):  # the client gives up
            for _ in range(50):
                self.wfile.write(b" ")
                time.sleep(0.1)

    def log_message(self, *_: Any) -> None:
        pass


def choice(prompt: str, request: dict[str, Any]) -> dict[str, Any]:
    if "forbidden" in prompt:
        return {"message": {"content": None, "refusal": "I can't help with that"}, "finish_reason": "stop"}
    if "filtered" in prompt:
        return {"message": {"content": ""}, "finish_reason": "content_filter"}
    text = f"{prompt} {request['seed']} at {request['temperature']}. And then"
    return {"message": {"content": text}, "finish_reason": "length" if "long" in prompt else "stop"}


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(KEYS, f"example.org=other, 127.0.0.1={SECRET}")
    running = Server()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def writer(server: Server, **settings: Any) -> EndpointGenerator:
    return EndpointGenerator(server.url, "tiny", wait=lambda seconds: None, **settings)


def test_each_genome_gets_its_text_with_its_own_settings(server: Server) -> None:
    made = writer(server, wording=Wording(temperature=0.5, tokens=9)).generate(
        [Genome(prompt="sea", seed=3), Genome(prompt="sea, long", seed=4, temperature=1.0, tokens=7)]
    )
    assert [m.text for m in made] == ["sea 3 at 0.5. And then", "sea, long 4 at 1.0."]
    assert sorted((r["seed"], r["max_tokens"]) for r in server.asked) == [(3, 9), (4, 7)]
    assert (made[0].genome.temperature, made[0].genome.tokens) == (0.5, 9)


def test_it_keeps_the_promises_of_a_generator(server: Server) -> None:
    spec = GeneratorSpec(name="endpoint", url=server.url, model="tiny", temperature=0.2)
    opened = open_generator(spec)
    assert isinstance(opened, Generator)
    assert (opened.kind, opened.latent_shape, opened.key) == ("text", (), "tiny@127.0.0.1")
    assert opened.generate([Genome(prompt="sea", seed=3)])[0].text == "sea 3 at 0.2. And then"
    assert opened.generate([]) == []


def test_a_variation_is_another_seed(server: Server) -> None:
    (made,) = writer(server).generate([Genome(prompt="sea", seed=3, path=(Variation(seed=8, sigma=0.3),))])
    assert (made.genome.seed, made.genome.path) == (8, ())


def test_a_busy_server_is_asked_again(server: Server) -> None:
    assert writer(server).generate([Genome(prompt="busy", seed=1)])[0].text == "busy 1 at 0.9. And then"
    assert len(server.asked) == 3


def test_what_came_is_not_asked_for_again_when_another_was_refused(server: Server) -> None:
    generator = writer(server)
    good, bad = Genome(prompt="sea", seed=1), Genome(prompt="forbidden", seed=2)
    with pytest.raises(QdhfError, match=r"tiny@127\.0\.0\.1 refused to write this: I can't help"):
        generator.generate([good, bad])
    assert generator.generate([good])[0].text == "sea 1 at 0.9. And then"
    assert [r["messages"][0]["content"] for r in server.asked].count("sea") == 1


@pytest.mark.parametrize(
    ("prompt", "words"),
    [("filtered", "its filter kept the text back"), ("odd", "not with a chat completion"), ("slow", "within 0.2 s")],
)
def test_what_goes_wrong_is_said(server: Server, prompt: str, words: str) -> None:
    with pytest.raises(QdhfError, match=words):
        writer(server, patience=0.2).generate([Genome(prompt=prompt, seed=1)])


def test_a_wrong_key_and_none_are_told_apart(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS, "127.0.0.1=wrong")
    with pytest.raises(InvalidInput, match=r"The key for 127\.0\.0\.1 in .* is not taken: Incorrect API key provided"):
        writer(server).generate([Genome(prompt="sea", seed=1)])
    monkeypatch.delenv(KEYS)
    with pytest.raises(InvalidInput, match=rf"{KEYS} holds none for 127\.0\.0\.1"):
        writer(server).generate([Genome(prompt="sea", seed=1)])
    assert len(server.asked) == 2, "another try would not help"


def test_a_key_goes_to_its_own_host_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS, f"api.example.org={SECRET}")
    with pytest.raises(InvalidInput, match="holds none for"):
        writer(server).generate([Genome(prompt="sea", seed=1)])
    assert server.keys == [None]


def test_an_answer_that_is_too_long_or_does_not_end_is_given_up(server: Server) -> None:
    with pytest.raises(QdhfError, match="more than 1 MB"):
        writer(server).generate([Genome(prompt="huge", seed=1)])
    with pytest.raises(QdhfError, match=r"within 0\.3 s"):
        writer(server, patience=0.3).generate([Genome(prompt="drip", seed=1)])


def test_a_model_that_the_server_does_not_know_is_named(server: Server) -> None:
    with pytest.raises(InvalidInput, match="knows no model “huge”"):
        EndpointGenerator(server.url, "huge").generate([Genome(prompt="sea", seed=1)])


def test_a_server_that_is_not_there_is_said_to_be(server: Server) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(QdhfError, match=r"cannot be reached: .* Is the server running"):
        writer(server).generate([Genome(prompt="sea", seed=1)])


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host/v1", "http://", "file:///etc/passwd"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="must begin with http"):
        EndpointGenerator(url, "tiny")


def test_a_key_does_not_belong_in_the_address_and_a_model_needs_a_name() -> None:
    with pytest.raises(InvalidInput, match=KEYS):
        EndpointGenerator("https://me:secret@host/v1", "tiny")
    with pytest.raises(InvalidInput, match="no name was given"):
        EndpointGenerator("https://host/v1", " ")
