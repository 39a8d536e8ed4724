"""Texts from a server that speaks OpenAI's chat completions (vLLM, llama.cpp, Ollama, LM Studio, OpenAI and others)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx

from qdhf.errors import InvalidInput, QdhfError
from qdhf.generators.wording import Wording, finished, made
from qdhf.ports import Made
from qdhf.types import FloatArray, Genome, ItemKind

KEYS = "QDHF_ENDPOINT_KEYS"  # the environment variable with "host=key" pairs; a key goes to its host alone, and into no record
AT_ONCE, PATIENCE, TRIES = 4, 60.0, 3  # requests, seconds for each, and how often one is made
LARGEST = 2**20  # bytes of an answer
BUSY = (408, 409, 429, 500, 502, 503, 504)


class EndpointGenerator:
    """A :class:`qdhf.ports.Generator` of texts. The server decides whether a seed gives the same text again; many do not.

    Args:
        url: Where the server's API begins, such as ``http://localhost:8000/v1``.
        model: The name by which the server knows the model.
        wording: How texts are drawn where a genome does not say.
        patience: Seconds to wait for one answer.
        wait: Waits so many seconds before another try; for tests.

    Raises InvalidInput for an address or a name that cannot be one.
    """

    kind: ItemKind = "text"
    latent_shape: tuple[int, ...] = ()
    batch = AT_ONCE

    def __init__(
        self,
        url: str,
        model: str,
        *,
        wording: Wording | None = None,
        patience: float = PATIENCE,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url, self._model = checked_url(url), model.strip()
        if not self._model:
            raise InvalidInput("Name the model as the server calls it, for instance “llama3.2”; no name was given.")
        self._wording, self._wait = wording or Wording(), wait
        self._wording.resolved(Genome(prompt="x", seed=0))
        self._patience = patience
        self._client = httpx.Client(timeout=patience, limits=httpx.Limits(max_connections=AT_ONCE))
        self._came: dict[Genome, Made] = {}  # what came of a call that failed in part: it need not be paid for again

    @property
    def key(self) -> str:
        return f"{self._model}@{httpx.URL(self._url).host}"

    @property
    def device(self) -> str:
        return httpx.URL(self._url).host

    def latents(self, genome: Genome) -> FloatArray:
        raise InvalidInput("Texts have no latents to calculate with.")

    def check(self, genome: Genome) -> None:
        """Raises InvalidInput where ``genome`` cannot be made here."""
        self._resolved(genome)

    def generate(self, genomes: Sequence[Genome]) -> list[Made]:
        """Write every text, in order, several at a time. Raises QdhfError where the server refuses one or does not answer."""
        resolved = [self._resolved(genome) for genome in genomes]
        missing = [genome for genome in dict.fromkeys(resolved) if genome not in self._came]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = {genome: pool.submit(self._written, genome) for genome in missing}
        failures = [answer.exception() for answer in answers.values() if answer.exception() is not None]
        self._came |= {genome: answer.result() for genome, answer in answers.items() if answer.exception() is None}
        if failures and failures[0] is not None:
            raise failures[0]
        return [self._came.pop(genome) if resolved.count(genome) == 1 else self._came[genome] for genome in resolved]

    def _resolved(self, genome: Genome) -> Genome:
        """The genome in the server's terms: it knows seeds, so the last step of a path is another seed."""
        if genome.steering is not None or genome.latents is not None:
            raise InvalidInput("A text can neither be steered while it is written nor start from stored latents.")
        seed = genome.path[-1].seed if genome.path else genome.seed
        return self._wording.resolved(replace(genome, seed=seed, path=()))

    def _written(self, genome: Genome) -> Made:
        answer = self._asked({
            "model": self._model, "messages": [{"role": "user", "content": genome.prompt}],
            "temperature": genome.temperature, "max_tokens": genome.tokens, "seed": genome.seed % 2**31, "n": 1,
        })  # fmt: skip
        try:
            choice = answer["choices"][0]
            message, reason = choice["message"], choice.get("finish_reason")
            refusal, content = message.get("refusal"), message.get("content")
        except (KeyError, IndexError, TypeError, AttributeError):
            raise QdhfError(f"{self._url} answered, but not with a chat completion: {str(answer)[:200]}") from None
        if refusal or reason == "content_filter":
            raise QdhfError(f"{self.key} refused to write this: {refusal or 'its filter kept the text back'}.")
        return made(genome, finished(str(content or ""), whole=reason != "length"), self.key)

    def _asked(self, request: dict[str, Any]) -> Any:
        """The server's answer. Busy servers and lost connections are asked again, twice, after growing waits."""
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._posted(request)
            except httpx.TimeoutException as error:
                last = QdhfError(f"{self._url} did not answer within {self._patience:g} s.")
                last.__cause__ = error
            except httpx.HTTPError as error:
                last = QdhfError(
                    f"{self._url} cannot be reached: {error}. Is the server running, and the address right?"
                )
                last.__cause__ = error
            else:
                if answer.status_code not in BUSY:
                    return self._read(answer)
                last = QdhfError(f"{self._url} is busy or broken: {answer.status_code} {_said(answer)}")
            if attempt < TRIES:
                self._wait(2.0**attempt)
        raise last

    def _posted(self, request: dict[str, Any]) -> httpx.Response:
        """The whole answer, unpacked by nobody, within the time for all of it. Raises QdhfError for one that is too long."""
        began, body = time.monotonic(), bytearray()
        with self._client.stream(
            "POST", f"{self._url}/chat/completions", json=request, headers=_headers(self._url)
        ) as answer:
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > LARGEST:
                    raise QdhfError(f"{self._url} answered with more than {LARGEST >> 20} MB, which is no short text.")
                if time.monotonic() - began > self._patience:
                    raise httpx.ReadTimeout("The answer did not end.")
        return httpx.Response(answer.status_code, content=bytes(body))

    def _read(self, answer: httpx.Response) -> Any:
        """Raises InvalidInput with what to do about it for an answer that is an error."""
        if answer.status_code in (401, 403):
            host = httpx.URL(self._url).host
            have = f"The key for {host} in {KEYS} is not taken" if _key(host) else f"{KEYS} holds none for {host}"
            raise InvalidInput(f"{self._url} lets nobody in without a key. {have}: {_said(answer)}")
        if answer.status_code == 404:
            raise InvalidInput(f"{self._url} knows no model “{self._model}”, or is no such server: {_said(answer)}")
        if answer.is_error:
            raise InvalidInput(f"{self._url} refused the request: {answer.status_code} {_said(answer)}")
        try:
            return answer.json()
        except ValueError:
            raise QdhfError(f"{self._url} answered, but not in JSON: {answer.text[:200]}") from None


def checked_url(url: str) -> str:
    """``url`` without a slash at its end. Raises InvalidInput for anything but an http or https address."""
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InvalidInput(f"The server's address must begin with http:// or https://; got “{url[:100]}”.")
    if parsed.userinfo:
        raise InvalidInput(f"Give the server's key in the environment variable {KEYS}, not in its address.")
    return str(parsed).rstrip("/")


def _key(host: str) -> str:
    """The key that was given for ``host``: of "api.example.org=abc,localhost=def" the one after its name."""
    pairs = (pair.strip().partition("=") for pair in os.environ.get(KEYS, "").split(","))
    return next((key.strip() for name, _, key in pairs if name.strip().lower() == host.lower()), "")


def _headers(url: str) -> dict[str, str]:
    """A study may name any server, so a key is sent to no other than its own. Packed answers are not asked for."""
    key = _key(httpx.URL(url).host)
    return {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})


def _said(answer: httpx.Response) -> str:
    """The server's own words, where it has some."""
    try:
        error = answer.json()["error"]
        return str(error["message"] if isinstance(error, dict) else error)[:300]
    except (ValueError, KeyError, TypeError):
        return answer.text.strip()[:200] or answer.reason_phrase
