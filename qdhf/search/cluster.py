"""Makers on any number of machines, with Ray: the one module that knows it.

QDHF_RAY         "local" to start Ray here, or the address of a cluster that runs ("auto", "10.0.0.1:6379")
QDHF_RAY_ACTORS  how many makers; unset: one per GPU, or one per machine where there is no GPU
"""

from __future__ import annotations

import importlib
import math
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qdhf.errors import InvalidInput, MissingModel, QdhfError
from qdhf.ports import Blobs
from qdhf.search.evaluating import Evaluator, InProcess, Maker, Models
from qdhf.search.spreading import Lost, Spread
from qdhf.types import Genome, Study

KNOCK_S = 10.0
MARK = b"Makers on other machines look for this file.\n"


def open_evaluator(in_process: InProcess, settings: Mapping[str, str] = os.environ) -> Evaluator:
    """``in_process`` itself, or where ``settings`` name a Ray cluster, one that spreads batches over it.

    Raises InvalidInput for settings that cannot be used, MissingModel where Ray is not installed. Nothing is started
    before the first batch.
    """
    address = settings.get("QDHF_RAY", "").strip()
    if not address:
        return in_process
    return Spread(RayCrew(address, in_process.models.blobs, actors=_actors(settings)))


def _actors(settings: Mapping[str, str]) -> int | None:
    text = settings.get("QDHF_RAY_ACTORS", "").strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) == 0:
        raise InvalidInput(f"QDHF_RAY_ACTORS must be a whole number of at least 1; it is {text!r}.")
    return int(text)


class RayCrew:
    """A :class:`qdhf.search.spreading.Crew` of Ray actors. They end with the process that started them.

    ``open_models``: what every actor opens its models with; it must be importable there.
    """

    def __init__(
        self,
        address: str,
        blobs: Blobs,
        *,
        actors: int | None = None,
        open_models: Callable[[Blobs], Models] = Models,
    ) -> None:
        self._ray, self._address = _ray(address), address
        self._blobs, self._actors, self._open_models = blobs, actors, open_models
        self._mark: str | None = None

    def _connect(self) -> str:
        """Join the cluster and leave a file for makers to find, both once; returns the file's SHA-256."""
        if self._mark is None:
            if not self._ray.is_initialized():
                self._init()
            self._mark = self._blobs.put(MARK)
        return self._mark

    def _init(self) -> None:
        options: dict[str, Any] = {"include_dashboard": False} if self._address == "local" else {}
        try:
            _knock(self._address)
            self._ray.init(address=self._address, logging_level="warning", **options)
        except Exception as error:  # Ray raises many kinds: nothing there, another version, another token
            raise QdhfError(
                f"No Ray cluster answers at QDHF_RAY={self._address}: {error} Start one with `ray start --head`, correct the "
                "address, or unset QDHF_RAY to work on this machine alone. Where it asks for a token, set "
                "RAY_AUTH_MODE=token and give this machine its ~/.ray/auth_token."
            ) from error

    def _gpus(self) -> int:
        return int(self._ray.cluster_resources().get("GPU", 0))

    def _machines(self) -> int:
        return max(1, sum(bool(node["Alive"]) for node in self._ray.nodes()))

    def size(self) -> int:
        """See the module; counted anew each time, so that machines may come and go."""
        self._connect()
        return self._actors or self._gpus() or self._machines()

    def hire(self) -> tuple[Any, Any]:
        mark, gpus, size = self._connect(), self._gpus(), self.size()
        share = 1 / math.ceil(size / gpus) if gpus else 0  # of a GPU, where actors are more than GPUs
        remote = self._ray.remote(Maker).options(
            num_cpus=0, num_gpus=share, scheduling_strategy="SPREAD", max_restarts=0
        )
        maker = remote.remote(
            self._blobs, mark, beside=math.ceil(size / self._machines()), open_models=self._open_models
        )
        return maker, maker.ready.remote()

    def look(self, maker: Any) -> Any:
        return maker.ready.remote()

    def give(self, maker: Any, study: Study, genomes: Sequence[Genome]) -> Any:
        return maker.attempt.remote(study, list(genomes))

    def ended(self, calls: Sequence[Any], seconds: float) -> Sequence[Any]:
        ended: Sequence[Any] = self._ray.wait(list(calls), num_returns=1, timeout=seconds)[0]
        return ended

    def result(self, call: Any) -> Any:
        errors = self._ray.exceptions
        gone = (
            errors.RayActorError, errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError,
            errors.ObjectLostError,
        )  # fmt: skip
        try:
            return self._ray.get(call)
        except gone as error:
            raise Lost(str(error)) from error
        except errors.RayTaskError as error:
            if isinstance(error.cause, QdhfError):
                raise error.cause from error
            raise

    def dismiss(self, maker: Any) -> None:
        self._ray.kill(maker)

    def lacks(self) -> str:
        free = {name: n for name, n in self._ray.available_resources().items() if name in ("CPU", "GPU")}
        return (
            f"the Ray cluster at {self._address} started none of {self.size()} actors. Free now: {free or 'nothing'}. See "
            "`ray status`; lower QDHF_RAY_ACTORS, or end what else uses the GPUs."
        )


def _knock(address: str) -> None:
    """Raise OSError where nobody listens at ``host:port``: Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdecimal() and "://" not in address:
        socket.create_connection((host, int(port)), KNOCK_S).close()


def _ray(address: str) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise MissingModel(
            f"QDHF_RAY is {address!r}, but Ray is not installed. Run `pip install -r requirements-cluster.txt`, or unset "
            "QDHF_RAY to work on this machine alone."
        ) from error
