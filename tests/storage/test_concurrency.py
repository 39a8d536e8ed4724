"""Several processes at once, and processes that die: nothing is lost, nothing is half there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from qdhf.types import Study
from storage import SqlStore, open_store
from tests.storage_fixtures import add_items, add_study, answer, ask, new_item

ROOT = Path(__file__).resolve().parents[2]


def writer(store: SqlStore, folder: Path, study: Study, name: str, rounds: int) -> subprocess.Popen[str]:
    url = store._database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.storage.writer", url, str(folder), study.id, name, str(rounds)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def check_consistent(store: SqlStore, study: Study, folder: Path) -> None:
    items = store.items.of_study(study.id)
    assert [item.position for item in items] == list(range(len(items)))
    assert len(items) % 3 == 0  # each call's three items came together
    for item in items:
        assert hashlib.sha256(store.blobs.get(item.blob)).hexdigest() == item.blob
    ids = {item.id for item in items}
    for judgment in store.judgments.standing(study.id):
        assert {judgment.reference, judgment.a, judgment.b} <= ids
    if store._database.url.get_backend_name() == "sqlite":
        with store._database.reader.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


@pytest.mark.slow
def test_four_processes_write_at_once_and_nothing_is_lost(store: SqlStore, tmp_path: Path) -> None:
    study, rounds = add_study(store), 50
    writers = [writer(store, tmp_path, study, f"w{number}", rounds) for number in range(4)]
    for number, process in enumerate(writers):
        out, err = process.communicate(timeout=200)
        assert (process.returncode, err) == (0, "")
        assert out.split() == [f"w{number}-{index}" for index in range(rounds)]
    assert store.judgments.count(study.id) == 4 * rounds
    assert store.items.count(study.id) == 4 * rounds * 3
    check_consistent(store, study, tmp_path)


@pytest.mark.slow
def test_a_writer_killed_midway_leaves_what_it_was_told_is_kept(store: SqlStore, tmp_path: Path) -> None:
    study = add_study(store)
    acknowledged: set[str] = set()
    for life in range(2):
        process = writer(store, tmp_path, study, f"life{life}", 10_000)
        assert process.stdout is not None
        assert process.stderr is not None
        acknowledged |= {process.stdout.readline().strip() for _ in range(5 + life)}
        process.kill()
        acknowledged |= {line.strip() for line in process.stdout if line.endswith("\n")}
        process.stderr.close()
        process.stdout.close()
        process.wait()
    assert "" not in acknowledged
    assert acknowledged <= {judgment.event_id for judgment in store.judgments.standing(study.id)}
    check_consistent(store, study, tmp_path)
    run = store.runs.of_study(study.id)[0]
    assert len(store.items.add(study.id, [new_item(run, slot, iteration=10**6) for slot in range(3)])) == 3


def at_once(count: int, call: Callable[[], object]) -> list[object]:
    """What ``count`` threads got that called at the same time."""
    gate = Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(lambda: (gate.wait(), call())[1]) for _ in range(count)]]


def test_one_question_answered_by_many_at_once_has_one_answer(store: SqlStore) -> None:
    study = add_study(store)
    rater = store.judgments.rater(study.id, "Ann")
    questions = ask(store, rater, add_items(store, study, 3), 5)
    for question in questions:
        kept = at_once(4, partial(lambda q: store.judgments.record(rater.id, [answer(q)]), question))
        assert sorted(map(len, kept)) == [0, 0, 0, 1]
    assert store.judgments.count(study.id) == 5


def test_one_event_sent_by_many_at_once_is_recorded_once(store: SqlStore) -> None:
    study = add_study(store)
    rater = store.judgments.rater(study.id, "Ann")
    given = answer(ask(store, rater, add_items(store, study, 3))[0], "e1")
    assert at_once(4, lambda: store.judgments.record(rater.id, [given])) == [["e1"]] * 4
    assert store.judgments.count(study.id) == 1


def test_the_same_rater_made_by_many_at_once_is_one(store: SqlStore) -> None:
    study = add_study(store)
    assert len(set(at_once(6, lambda: store.judgments.rater(study.id, "Ann").id))) == 1


def test_readers_do_not_wait_for_a_writer(store: SqlStore, backend: str) -> None:
    study = add_study(store)
    with store._database.write() as session:
        session.connection()  # SQLite's write lock is taken here
        assert store.studies.get(study.id) == study


@pytest.mark.parametrize("limit", [3_000, 60_000])
def test_a_disk_that_fills_up_keeps_every_acknowledged_answer(tmp_path: Path, limit: int) -> None:
    """The kernel refuses to let any file grow past ``limit`` more bytes, in the middle of a write."""
    store = open_store(f"sqlite:///{tmp_path / 'studio.db'}", tmp_path)
    study = add_study(store)
    size = max((tmp_path / name).stat().st_size for name in os.listdir(tmp_path) if name.startswith("studio.db"))
    code = (
        "import resource, sys; from qdhf.errors import StorageFailure; from tests.storage.writer import main\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size + limit}, {size + limit}))\n"
        "try: main(*sys.argv[1:])\n"
        "except StorageFailure as error: sys.exit(f'refused: {error}')\n"
    )
    arguments = [f"sqlite:///{tmp_path / 'studio.db'}", str(tmp_path), study.id, "Ann", "10000"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, text=True, capture_output=True, timeout=120
    )
    assert (done.returncode, done.stderr[:8]) == (1, "refused:"), done.stderr
    assert set(done.stdout.split()) <= {judgment.event_id for judgment in store.judgments.standing(study.id)}
    check_consistent(store, study, tmp_path)
    store.close()
