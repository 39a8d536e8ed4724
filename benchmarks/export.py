"""Exporting a set: how fast, in how much memory, and whether every format gives back what went in.

    python -m benchmarks.export --json [--items 10000] [--side 128]

A study of ``items`` planted pictures is made; then a process of its own opens the store and does what a worker does with an
export. ``items_per_s``: of an export in the usual formats (image folder, judgments); ``all_per_s``: with all formats in one
ZIP, each item written four times; ``each_per_s``: with one format alone; ``cpu_s``: processor time of the one with all, the
start included. ``peak_mb``: the most memory that any of the processes ever had (resident, its libraries included).
``formats``: each read back by the library that owns it, every pixel and every column compared with the rows and files that
the store holds: "equal", or the first difference. Needs requirements-dev.txt. Exit status 1 where a format is not equal.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.export_reading import READERS, Expected
from qdhf import pictures
from qdhf.formats import DEFAULT, FORMATS
from qdhf.studio import Studio
from qdhf.types import Collection, GeneratorSpec, Genome, NewItem, RunSpec, Study, Variation, new_id, now
from storage import SqlStore, open_store

ROOT = Path(__file__).parents[1]
FEATURES = 1280  # as the shipped encoder has
TOGETHER = 500  # items stored at a time
JOB = """
import json, resource, sys, time
from qdhf.studio import Studio
from storage import open_store

store = open_store(folder=sys.argv[1])
studio, start = Studio(store), time.perf_counter()
studio.exporting.write(sys.argv[2])
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)  # its ru_maxrss would count the parent's memory
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"seconds": seconds, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": peak / 1024}))
"""


def picture(n: int, side: int) -> bytes:
    """A smooth picture with some noise, different for every ``n``; about 1.2 bytes a pixel as PNG."""
    rng = np.random.default_rng(n)
    coarse = rng.integers(0, 256, (side // 16, side // 16, 3)).repeat(16, 0).repeat(16, 1)
    return pictures.png((coarse * 0.9 + rng.integers(0, 20, coarse.shape)).astype(np.uint8))


def genome(n: int) -> Genome:
    path = tuple(Variation(seed=n + k, sigma=0.4) for k in range(n % 4))
    return Genome(prompt=f"picture {n}, “quoted”, 🦁", seed=n, path=path, steps=20, guidance=4.5)


def planted(store: SqlStore, items: int, side: int) -> tuple[Study, Collection]:
    """A study whose set is all of it."""
    study = Studio(store).studies.create(
        "Planted", prompts=["picture"], generator=GeneratorSpec(name="planted"), encoder="pixels", scorer="even"
    )
    run, rng = store.runs.add(study.id, RunSpec(kind="populate", budget=items)), np.random.default_rng(0)
    ids: list[str] = []
    for first in range(0, items, TOGETHER):
        blobs = [store.blobs.put(picture(n, side)) for n in range(first, min(first + TOGETHER, items))]
        new = [
            NewItem(
                kind="image", blob=blob, media_type="image/png", width=side, height=side, source="planted",
                genome=genome(n), run_id=run.id, iteration=0, slot=n,
            )
            for n, blob in enumerate(blobs, first)
        ]  # fmt: skip
        ids += [item.id for item in store.items.add(study.id, new)]
        store.facts.add_features("pixels", blobs, rng.normal(size=(len(blobs), FEATURES)).astype(np.float32))
        pairs = zip(blobs, range(first, first + len(blobs)), strict=True)
        store.facts.add_scores("even", [(blob, genome(n).prompt, float(rng.random())) for blob, n in pairs])
    kept = Collection(
        id=new_id(), study_id=study.id, name="All", method="all", settings={}, items=tuple(ids),
        reasons=("all",) * items, created_at=now(),
    )  # fmt: skip
    Studio(store).learning.current(study)  # whoever chose the set has seen the map
    return study, store.collections.add(kept)


def job(store: SqlStore, folder: Path, study: Study, kept: Collection, formats: tuple[str, ...]) -> dict[str, Any]:
    """Write one export in a process of its own; its figures, and where the ZIP lies."""
    export = Studio(store).exporting.request(study, kept, formats, queue=False)
    done = subprocess.run(
        [sys.executable, "-c", JOB, str(folder), export.id], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    blob = store.collections.export(export.id).blob
    return found | {"path": Path(store.blobs.path(str(blob)))}


def figures(items: int, side: int, folder: Path) -> dict[str, Any]:
    store = open_store(folder=folder)
    study, kept = planted(store, items, side)
    whole = job(store, folder, study, kept, tuple(FORMATS))
    unpacked = folder / "unpacked"
    with zipfile.ZipFile(whole["path"]) as archive:
        archive.extractall(unpacked)
    expected = Expected.of(store, study, kept)
    equal = {name: read(unpacked, expected) for name, read in READERS.items()}
    size = whole["path"].stat().st_size
    whole["path"].unlink()
    peak, speed = whole["peak_mb"], {}
    for formats in (DEFAULT, ("parquet",), ("csv",), ("webdataset",)):
        some = job(store, folder, study, kept, formats)
        speed[formats[0]], peak = round(items / some["seconds"]), max(peak, some["peak_mb"])
        some["path"].unlink()
    store.close()
    return {
        "items_per_s": speed.pop(DEFAULT[0]), "peak_mb": round(peak), "formats": equal,
        "all_per_s": round(items / whole["seconds"]), "each_per_s": speed, "items": items,
        "seconds": round(whole["seconds"], 2), "cpu_s": round(whole["cpu_s"], 2),
        "side": side, "zip_mb": round(size / 1e6),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=128, help="of the pictures, in pixels; a multiple of 16")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = figures(options.items, options.side, Path(folder))
    print(json.dumps(found) if options.json else "\n".join(f"{name}: {value}" for name, value in found.items()))
    sys.exit(any(said != "equal" for said in found["formats"].values()))


if __name__ == "__main__":
    main()
