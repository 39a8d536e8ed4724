"""Runs as people see them."""

from __future__ import annotations

from qdhf.studio import Studio
from qdhf.types import RunSpec, Study


def test_a_run_that_never_got_into_the_queue_rests_and_can_be_continued(studio: Studio, study: Study) -> None:
    run = studio.store.runs.add(
        study.id, RunSpec(kind="populate", budget=8, batch=4, seed=0)
    )  # and then the power went
    status = studio.running.of_study(study)[0]
    assert (status.state, status.made, status.error) == ("paused", 0, None)
    studio.running.resume(run)
    assert studio.running.status(run).state == "queued"
    studio.running.resume(run)
    assert studio.running.status(run).state == "queued"
