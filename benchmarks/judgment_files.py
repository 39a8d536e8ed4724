"""Judgments in and out of a store: answers of all kinds, seconds of wall clock and of processor, largest memory.

python -m benchmarks.judgment_files --json [--answers 100000] [--database postgresql://…]
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from qdhf.studio import Studio
from qdhf.studio.judgment_files import read_judgments, write_judgments
from qdhf.types import GeneratorSpec, NewItem, RunSpec, Study
from storage import open_store

ITEMS, RATERS = 2000, 20
SHOWN = {"triplet": 3, "odd": 3, "grid": 9}


def studied(studio: Studio) -> Study:
    """A study of imported pictures without files: answers need none."""
    study = studio.studies.create("Judged", generator=GeneratorSpec(name="collection"), encoder="pixels")
    run = studio.store.runs.add(study.id, RunSpec(kind="import", budget=ITEMS, folder="x"))
    new = [
        NewItem(
            kind="image", blob=f"{n:064x}", media_type="image/png", source="collection", run_id=run.id, iteration=0,
            slot=n, name=f"{n}.png",
        )
        for n in range(ITEMS)
    ]  # fmt: skip
    studio.store.items.add(study.id, new)
    return study


def answers(n: int) -> Iterator[dict[str, Any]]:
    """Half triplets, a quarter odd ones out, a quarter grids of eight, each its own question."""
    rng = random.Random(0)
    for number in range(n):
        kind = ("triplet", "triplet", "odd", "grid")[number % 4]
        shown = [f"{item:064x}" for item in rng.sample(range(ITEMS), SHOWN[kind])]
        asked = dict(zip(("reference", "a", "b"), shown, strict=False))
        told: dict[str, Any] = {"closer": "a"} if kind == "triplet" else {"picked": shown[1:2]}
        yield asked | told | {
            "event_id": f"e{number}", "kind": kind, "shown": [] if kind == "triplet" else shown,
            "rater": f"rater {rng.randrange(RATERS)}", "question_id": f"q{number}", "response_ms": rng.randrange(9000),
            "strategy": "informative", "created_at": "2026-01-31T14:05:00+00:00",
        }  # fmt: skip


def timed(work: Callable[[], object]) -> dict[str, float]:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return {"s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - processor, 2)}


def figures(n: int, database: str | None) -> dict[str, Any]:
    """Into one study, out in both forms, and the CSV back in, where all of it is known."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(database, folder)
        studio = Studio(store)
        study, place = studied(studio), Path(folder)
        with (place / "in.jsonl").open("w") as file:
            file.writelines(json.dumps(row) + "\n" for row in answers(n))
        done = {
            "import_jsonl": timed(lambda: read_judgments(place / "in.jsonl", store, study)),
            "export_jsonl": timed(lambda: write_judgments(place / "out.jsonl", store, study)),
            "export_csv": timed(lambda: write_judgments(place / "out.csv", store, study)),
            "import_csv_again": timed(lambda: read_judgments(place / "out.csv", store, study)),
        }
        assert studio.labelling.answered(study) == n
        store.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"answers": n, **done, "largest_memory_mb": round(memory)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--database", help="URL of an empty database; SQLite in a temporary folder without it")
    args = parser.parse_args()
    found = figures(args.answers, args.database)
    print(json.dumps(found) if args.json else "\n".join(f"{k}: {v}" for k, v in found.items()), flush=True)


if __name__ == "__main__":
    main()
