"""What the Illuminate page says of the search, drawn without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.search_panel import saving_words
from qdhf.studio.searching import Saving


def app(searched: bool) -> None:
    from pages._ui.search_panel import search_panel
    from qdhf.studio.running import RunStatus
    from qdhf.types import Iteration, Run, RunSpec, Screened, Share, now

    shares = {"fresh": Share(share=0.2, made=2, opened=1), "prompt": Share(share=0.8, made=6, opened=2, bettered=1)}
    iteration = Iteration(
        run_id="r", index=0, items=8, failed=0, fit_version=1, coverage=0.1, qd_score=1.0, seconds=1.0, hits=1, aimed=3,
        near=2, message="", created_at=now(), shares=shares if searched else {},
        screened=Screened(candidates=48, rendered=6, promised=4.0, average=2.0, gained=3) if searched else None,
    )  # fmt: skip
    run = Run(id="r", study_id="s", spec=RunSpec(kind="illuminate", budget=8), created_at=now())
    search_panel(RunStatus(run=run, state="done", made=8, failed=0, eta_s=None, iterations=[iteration], error=None))


def test_ways_are_shown_with_the_largest_share_first() -> None:
    page = AppTest.from_function(app, kwargs={"searched": True}).run()
    assert not page.exception
    table = page.dataframe[0].value
    assert table["Way"].tolist() == ["Changing a word", "New samples"]
    assert table["New places"].tolist() == [2, 1]
    told = " ".join(c.value for c in page.caption)
    assert "3 were aimed at a place of the map: 2 landed there or beside it, 1 exactly." in told
    assert "48 ideas were looked at before 6 were drawn. 4 of these were expected" in told


def test_a_run_without_such_figures_shows_nothing() -> None:
    page = AppTest.from_function(app, kwargs={"searched": False}).run()
    assert not page.exception
    assert len(page.dataframe) == len(page.caption) == 0


@pytest.mark.parametrize(("average", "more"), [(2.0, "2.0 times as many"), (5.0, ""), (0.0, "")])
def test_savings_are_told_where_there_are_some(average: float, more: str) -> None:
    words = saving_words(Saving(candidates=48, rendered=6, promised=4.0, gained=3, average=average))
    assert words.endswith(f"Drawing unseen would take {more}." if more else "3 did.")
