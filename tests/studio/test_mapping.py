"""The map as it is looked at: the same elites for browser and server, any cells, any axes, and what runs make of picks."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.planted_study import answered
from qdhf.errors import InvalidInput, NotEnoughItems, NotEnoughJudgments, NotFound
from qdhf.search.archive import build_view
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet
from qdhf.studio.mapping import Look
from qdhf.types import RunSpec, Study
from tests.several_minds import make_study, two_minds
from tests.studio.conftest import work


@pytest.fixture
def drawn(studio: Studio, study: Study) -> Sheet:
    work(studio, studio.store.runs.add(study.id, RunSpec(kind="populate", budget=40, batch=20, seed=1)))
    return studio.mapping.sheet(study)


def array(text: str, kind: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(b64decode(text), kind)


def test_the_sheet_holds_the_archive(studio: Studio, study: Study, drawn: Sheet) -> None:
    view = build_view(studio.matrices.of(study), drawn.fit, study.map.dims)
    assert drawn.elites.tolist() == view.elites.tolist()
    assert drawn.counts.tolist() == view.counts.tolist()
    assert drawn.aimable


def test_what_travels_lets_a_browser_find_the_same_elites_at_any_moment(drawn: Sheet) -> None:
    columns = drawn.columns
    cells, quality = array(columns["cells"], "<i4"), array(columns["quality"], "<f8")
    assert columns["positions"] is None
    best: dict[int, int] = {}
    for row, cell in enumerate(cells.tolist()):  # as map_sheet.js does it
        if cell not in best or quality[row] > quality[best[cell]]:
            best[cell] = row
    assert best == {cell: row for cell, row in enumerate(drawn.elites.tolist()) if row >= 0}


def test_other_cells_lose_no_item_and_change_nothing_on_record(studio: Studio, study: Study, drawn: Sheet) -> None:
    for look in (Look(dims=(3, 7)), Look(even=25), Look(dims=(100, 100))):
        sheet = studio.mapping.sheet(study, look)
        assert sheet.counts.sum() == len(sheet) == 40
        assert len(sheet.counts) == sheet.total
        assert max(sheet.quality[sheet.elites[sheet.elites >= 0]]) == max(drawn.quality)
    assert studio.mapping.sheet(study) is drawn
    assert studio.studies.get(study.id).map == study.map


def test_even_cells_travel_with_their_outlines(studio: Studio, study: Study, drawn: Sheet) -> None:
    tiling = studio.mapping.sheet(study, Look(even=25)).columns["tiling"]
    starts, corners = array(tiling["starts"], "<i4"), array(tiling["corners"], "<i4")
    vertices = array(tiling["vertices"], "<f4").reshape(-1, 2)
    assert tiling["cells"] == 25 == len(starts) - 1
    assert starts[-1] == len(corners)
    assert corners.max() == len(vertices) - 1
    assert (vertices.min(), vertices.max()) == (0, 1)


def test_coarse_cells_stand_for_the_empty_cells_of_the_study_inside_them(
    studio: Studio, study: Study, drawn: Sheet
) -> None:
    coarse = studio.mapping.sheet(study, Look(dims=(5, 5)))
    home = np.arange(100).reshape(10, 10)
    inside = home[2:4, 6:8].ravel()  # column 1, row 3 of the coarse map
    assert studio.mapping.targets(study, coarse, [1 * 5 + 3]) == [c for c in inside.tolist() if drawn.counts[c] == 0]
    fine = studio.mapping.sheet(study, Look(dims=(40, 40)))
    empty = int(np.flatnonzero(drawn.counts == 0)[0])
    within = (empty // 10 * 4 + 1) * 40 + empty % 10 * 4 + 2
    assert studio.mapping.targets(study, fine, [within, within + 1]) == [empty]
    filled = int(np.flatnonzero(drawn.counts)[0])
    assert studio.mapping.targets(study, drawn, [filled]) == []
    assert studio.mapping.targets(study, drawn, []) == []


def test_even_cells_stand_for_cells_of_the_study_as_well(studio: Studio, study: Study, drawn: Sheet) -> None:
    sheet = studio.mapping.sheet(study, Look(even=30))
    found = studio.mapping.targets(study, sheet, list(range(30)))
    assert found == np.flatnonzero(drawn.counts == 0).tolist()


def test_an_earlier_version_is_drawn_but_not_aimed_at(studio: Studio, study: Study, drawn: Sheet) -> None:
    rater = studio.labelling.rater(study, "Ann")
    answered(studio.store, study, [rater], 60)  # type: ignore[arg-type]
    newest = studio.learning.fit(study)
    earlier, now = studio.mapping.sheet(study, Look(version=1)), studio.mapping.sheet(study)
    assert (earlier.fit.version, now.fit.version) == (1, newest.version)
    assert (earlier.aimable, now.aimable) == (False, True)
    assert earlier.ids == now.ids
    assert earlier.cells.tolist() != now.cells.tolist()
    with pytest.raises(NotFound):
        studio.mapping.sheet(study, Look(version=99))


def test_each_moment_has_the_axes_that_were_the_latest_then(studio: Studio, study: Study, drawn: Sheet) -> None:
    answered(studio.store, study, [studio.labelling.rater(study, "Ann")], 60)  # type: ignore[arg-type]
    second = studio.learning.fit(study)
    work(studio, studio.store.runs.add(study.id, RunSpec(kind="populate", budget=4, batch=4, seed=2)))
    third = studio.learning.fit(study)
    assert (second.version, third.version) == (2, 3)
    assert [studio.mapping.version_at(study, position) for position in (0, 39, 40, 43)] == [1, 1, 2, 2]
    with pytest.raises(NotFound, match="no item at 44"):
        studio.mapping.version_at(study, 44)


def test_a_group_has_a_map_of_its_own_once_groups_are_known(studio: Studio) -> None:
    study = make_study(studio, 60)
    two_minds(studio, study, answers=140)
    with pytest.raises(NotEnoughJudgments, match="Look for them under Raters"):
        studio.mapping.sheet(study, Look(group=0))
    everyone = studio.mapping.sheet(study)
    by_rater = studio.mapping.colours(study, everyone, "group")
    found = studio.rating.groups(study)
    maps = [studio.mapping.sheet(study, Look(group=g)) for g in range(len(found.groups))]
    assert len(maps) >= 2
    assert maps[0].cells.tolist() != maps[1].cells.tolist()
    assert not any(m.aimable for m in maps)
    by_group = studio.mapping.colours(study, everyone, "group")
    assert by_rater is not None
    assert by_group is not None
    assert by_group.names == tuple(f"Group {letter}" for letter in "ABC"[: len(maps)])
    raters = sum(len(members) for members in found.members)
    assert set(by_rater.names) == {f"Rater {n + 1}" for n in range(raters)}, "no names: viewers look at maps, too"


def test_uncertainty_is_told_in_cells_of_the_map_shown(studio: Studio, study: Study, drawn: Sheet) -> None:
    assert "uncertainty" not in studio.mapping.ways(study, drawn)
    answered(studio.store, study, [studio.labelling.rater(study, "Ann")], 60)  # type: ignore[arg-type]
    studio.learning.fit(study)
    coarse, fine = (studio.mapping.sheet(study, Look(dims=(n, n))) for n in (10, 20))
    assert "uncertainty" in studio.mapping.ways(study, coarse)
    one, two = (studio.mapping.colours(study, sheet, "uncertainty") for sheet in (coarse, fine))
    assert one is not None
    assert two is not None
    assert (one.values > 0).all()
    np.testing.assert_allclose(two.values, 2 * one.values)


def test_sources_are_told_by_name_and_topped_up(studio: Studio, study: Study, drawn: Sheet) -> None:
    found = studio.mapping.colours(study, drawn, "source")
    assert found is not None
    assert (found.names, set(found.values)) == (("fresh",), {0.0})
    work(studio, studio.store.runs.add(study.id, RunSpec(kind="populate", budget=4, batch=4, seed=2)))
    again = studio.mapping.colours(study, studio.mapping.sheet(study), "source")
    assert again is not None
    assert again.values.tolist() == [0.0] * 44
    with pytest.raises(InvalidInput, match="one of quality, age"):
        studio.mapping.colours(study, drawn, "smell")


def test_rare_kinds_are_put_together() -> None:
    from qdhf.studio.map_colours import KINDS, _kinds

    number = np.repeat(np.arange(10), np.arange(10, 0, -1))
    found = _kinds("source", np.append(number, -1), [f"k{n}" for n in range(10)])
    assert found.names == ("k0", "k1", "k2", "k3", "k4", "k5", "others")
    assert len(found.names) == KINDS
    assert np.bincount(found.values[:-1].astype(int)).tolist() == [10, 9, 8, 7, 6, 5, 10]
    assert found.values[-1] == -1


def test_filters_travel_as_bits(studio: Studio, study: Study, drawn: Sheet) -> None:
    assert studio.mapping.passing(drawn, None) is None
    bits = studio.mapping.passing(drawn, frozenset([drawn.ids[0], drawn.ids[9]]))
    assert bits is not None
    assert b64decode(bits) == bytes([1, 2, 0, 0, 0])


def test_positions_lead_to_items_and_strange_ones_nowhere(studio: Studio, study: Study, drawn: Sheet) -> None:
    assert [i.position for i in studio.mapping.items(drawn, [3, 1])] == [3, 1]
    assert studio.mapping.items(drawn, []) == []
    some = replace(drawn, ids=drawn.ids[1::2], positions=drawn.positions[1::2])
    assert [i.position for i in studio.mapping.items(some, [3, 1])] == [3, 1]
    assert [some.position(item) for item in (drawn.ids[3], drawn.ids[2], None)] == [3, None, None]
    for strange in (2, 40):
        with pytest.raises(InvalidInput, match="not on the map any more"):
            studio.mapping.items(some, [strange])


def test_thumbnails_are_found_by_position(studio: Studio, study: Study, drawn: Sheet) -> None:
    item = studio.store.items.get(drawn.ids[7])
    for size in (128, 256):
        assert studio.mapping.thumbnail(study.id, 7, size) == studio.store.blobs.get(item.thumbs[size])
    assert studio.mapping.thumbnail(study.id, 7, 64) == studio.store.blobs.get(item.blob)
    for strange in (40, 1_000_000):
        with pytest.raises(NotFound):
            studio.mapping.thumbnail(study.id, strange, 128)


def test_examples_run_along_both_axes(studio: Studio, study: Study, drawn: Sheet) -> None:
    for axis, rows in enumerate(studio.mapping.strips(study, drawn)):
        along = drawn.places[list(rows), axis].tolist()
        assert len(set(rows)) == 9
        assert along == sorted(along)


def test_figures_are_those_of_the_archive(studio: Studio, study: Study, drawn: Sheet) -> None:
    view = build_view(studio.matrices.of(study), drawn.fit, study.map.dims)
    assert (drawn.coverage, drawn.clipped) == (view.coverage, view.clipped)
    assert drawn.qd_score == pytest.approx(view.qd_score)
    assert drawn.filled == [(cell, row) for cell, row in enumerate(view.elites.tolist()) if row >= 0]
    assert [drawn.row(item) for item in (*drawn.ids[:2], None, "nobody")] == [0, 1, None, None]
    assert drawn.where(73) == "column 8, row 4"
    assert studio.mapping.sheet(study, Look(even=25)).where(3) == "cell 4"


def test_a_study_without_items_has_no_map(studio: Studio, study: Study) -> None:
    with pytest.raises(NotEnoughItems, match="at least three items"):
        studio.mapping.sheet(study)
    with pytest.raises(InvalidInput, match="cells along an axis"):
        studio.mapping.sheet(study, Look(dims=(0, 4)))
