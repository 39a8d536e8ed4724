"""What to do with what is selected on the map, and with the empty cells that are targets."""

from __future__ import annotations

import streamlit as st

from pages._ui.archive_state import Desk
from pages._ui.context import visitor
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet
from qdhf.types import Study


def some(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def selection_row(studio: Studio, study: Study, sheet: Sheet, desk: Desk) -> None:
    """Tag, pin or ban the selected items; aim at the selected empty cells. Nothing while nothing is selected."""
    positions, cells = desk.selection["positions"], desk.selection["cells"]
    if not positions and not cells:
        return
    said = [some(len(positions), "item")] if positions else []
    said += [some(len(cells), "empty cell")] if cells else []
    with st.container(border=True, key="archive-selected"):
        st.markdown(f"**{' and '.join(said)} selected**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if positions and studio.may(studio.curating.mark):
                _mark(studio, study, sheet, positions)
            if cells and studio.may(studio.running.illuminate):
                st.button(
                    "Make these the targets", icon=":material/my_location:", key="archive-aim-selected",
                    on_click=_aim, args=(desk, cells),
                )  # fmt: skip
            st.button("Select nothing", key="archive-let-go", on_click=desk.let_go)
        if positions and studio.may(studio.noting.tag):
            _tag(studio, study, sheet, positions)


def _aim(desk: Desk, cells: list[int]) -> None:
    desk.aim(cells)
    desk.let_go()


def _mark(studio: Studio, study: Study, sheet: Sheet, positions: list[int]) -> None:
    for label, mark, done, icon in (("Pin", "pin", "pinned", "push_pin"), ("Ban", "ban", "banned", "block")):
        if st.button(label, key=f"archive-{mark}-selected", icon=f":material/{icon}:"):
            for item in studio.mapping.items(sheet, positions):
                studio.curating.mark(study, item, mark)
            st.toast(f"{some(len(positions), 'item')} {done}")


def _tag(studio: Studio, study: Study, sheet: Sheet, positions: list[int]) -> None:
    with st.form("archive-tagging", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        tag = st.selectbox(
            "Tag", sorted(studio.noting.tags(study)), index=None, accept_new_options=True, key="archive-tag",
            placeholder="A new tag, or choose one",
        )  # fmt: skip
        if st.form_submit_button("Tag them", icon=":material/label:") and tag:
            ids = [item.id for item in studio.mapping.items(sheet, positions)]
            studio.noting.tag(study, ids, tag, by=visitor())
            st.toast(f"{some(len(ids), 'item')} tagged “{tag}”")


def aim_row(studio: Studio, study: Study, sheet: Sheet, desk: Desk) -> None:
    """Send a run to the targets."""
    chosen = desk.targets["cells"]
    if not sheet.aimable:
        st.caption("Runs aim at the latest map of everyone: show that one to choose targets.")
        return
    if not chosen:
        st.caption("Click empty cells, or draw around them, to aim the next run at them.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="archive-aim"):
        budget = st.number_input("Images", 1, 10_000, 24, key="archive-budget")
        fill = f"Fill {len(chosen):,} picked {'cell' if len(chosen) == 1 else 'cells'}"
        if st.button(fill, type="primary", key="archive-fill", icon=":material/my_location:"):
            _send(studio, study, sheet, desk, int(budget))
        st.button("Clear", key="archive-clear", on_click=desk.aim, args=([],))


def _send(studio: Studio, study: Study, sheet: Sheet, desk: Desk, budget: int) -> None:
    cells = studio.mapping.targets(study, sheet, desk.targets["cells"])
    if not cells:
        st.info("These cells are filled by now. Pick others.")
        return
    run = studio.running.illuminate(study, budget, targets=tuple(cells))
    desk.aim([])
    st.toast(f"Run of {run.spec.budget} images queued; watch it under Illuminate")
    st.rerun()
