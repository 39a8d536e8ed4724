"""A process of its own that writes N rounds: ``python -m tests.storage.writer URL FOLDER STUDY NAME N``.

Each round adds three items in one call and answers one question about them; after each it prints the event's id.
"""

from __future__ import annotations

import sys

from storage import open_store
from tests.storage_fixtures import add_run, answer, ask, new_item


def main(url: str, folder: str, study_id: str, name: str, rounds: str) -> None:
    store = open_store(url, folder)
    study = store.studies.get(study_id)
    rater, run = store.judgments.rater(study.id, name), add_run(store, study)
    for index in range(int(rounds)):
        contents = [f"{name} {index // 10} {slot}".encode() for slot in range(3)]
        for content in contents:
            store.blobs.put(content)
        new = [new_item(run, slot, iteration=index, content=content) for slot, content in enumerate(contents)]
        question = ask(store, rater, store.items.add(study.id, new))[0]
        for event in store.judgments.record(rater.id, [answer(question, f"{name}-{index}")]):
            print(event, flush=True)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
