"""Archive: the map of elites; click a picture to see it, an empty place to send the generator there."""

from __future__ import annotations

import streamlit as st

from pages._ui.axis_panel import map_labels
from pages._ui.context import chosen_study, explained, guard
from pages._ui.item_panel import item_panel, open_item
from pages._ui.map_canvas import MapCells, map_canvas, picked
from pages._ui.pictures import alt, thumb
from qdhf.studio.browsing import Map
from qdhf.types import Study

studio = guard()
study = chosen_study(studio)
TARGETS = f"targets-{study.id}"
MAP_KEY = f"map-{study.id}"
nx, ny = study.map.dims


def targets() -> list[int]:
    chosen: list[int] = st.session_state.setdefault(TARGETS, [])
    return chosen


def on_pick() -> None:
    """A filled cell opens its item; an empty one becomes a target, or stops being one."""
    pick = picked(MAP_KEY)
    if pick is None:
        return
    if pick["item"] is not None:
        open_item(pick["item"])
    elif pick["cell"] in targets():
        targets().remove(pick["cell"])
    else:
        targets().append(pick["cell"])


def columns_of(found: Map) -> MapCells:
    cells = sorted(found.elites)
    items = [found.elites[c] for c in cells]
    return MapCells(
        index=cells, quality=[found.quality[c] for c in cells], count=[int(found.view.counts[c]) for c in cells],
        item=[i.id for i in items], thumb=[thumb(i, 128) for i in items], preview=[thumb(i, 256) for i in items],
    )  # fmt: skip


def aim(study: Study) -> None:
    """What to do with the picked empty cells."""
    chosen = targets()
    if not chosen:
        st.caption("Click an empty cell to aim the next run at it.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="archive-aim"):
        budget = st.number_input("Images", 1, 10_000, 24, key="archive-budget")
        if st.button(
            f"Fill {len(chosen)} picked {'cell' if len(chosen) == 1 else 'cells'}",
            type="primary",
            key="archive-fill",
            icon=":material/my_location:",
        ):
            run = studio.running.illuminate(study, int(budget), targets=tuple(chosen))
            st.session_state[TARGETS] = []
            st.toast(f"Run of {run.spec.budget} images queued; watch it under Illuminate")
            st.rerun()
        if st.button("Clear", key="archive-clear"):
            st.session_state[TARGETS] = []
            st.rerun()


def twin(found: Map) -> None:
    """The same cells as a table, for keyboard and screen reader."""
    cells = sorted(found.elites)
    rows = [
        {
            "column": c // ny + 1, "row": c % ny + 1, "picture": found.elites[c].position + 1, "prompt": alt(found.elites[c]),
            "quality": round(float(found.matrix.quality[found.view.elites[c]]), 3), "items here": int(found.view.counts[c]),
        }
        for c in cells
    ]  # fmt: skip
    event = st.dataframe(rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="archive-table")
    if event.selection.rows:
        open_item(found.elites[cells[event.selection.rows[0]]].id)


st.title("Archive")
st.caption(study.name)
with explained():
    found = studio.browsing.map(study)
    suite = studio.browsing.diversity(study)
    if found.fit.report.method == "pca":
        st.warning(
            "Unsupervised axes: this map follows the pictures' own variation until people have answered.",
            icon=":material/info:",
        )
    figures = st.columns(5)
    figures[0].metric("Coverage", f"{found.view.coverage:.0%}", help="Share of cells that hold an item")
    figures[1].metric("QD score", f"{found.view.qd_score:.1f}", help="Sum of the elites' quality")
    figures[2].metric(
        "Vendi", f"{suite.learned[1.0]:.1f}", help="Effective number of different elites on the learned axes (order 1)"
    )
    figures[3].metric("Items", f"{len(found.matrix):,}")
    figures[4].metric(
        "Off the map", f"{found.view.clipped:,}", help="Items beyond the map's bounds, shown in its border cells"
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        map_canvas(
            key=MAP_KEY, dims=(nx, ny), cells=columns_of(found), targets=targets(), height=600, on_pick=on_pick,
            axis_names=map_labels(studio.learning.axis_names(study)),
        )  # fmt: skip
        if studio.may(studio.running.illuminate):
            aim(study)
        if st.toggle("Show as a table", key="archive-twin"):
            twin(found)
    with right:
        if wanted := st.query_params.get("item"):
            item_panel(studio, study, wanted)
        else:
            st.info("Click a picture on the map.", icon=":material/touch_app:")
