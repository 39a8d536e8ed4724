"""What to do with what is selected on the map, and with the empty cells that are targets."""

from __future__ import annotations

import streamlit as st

from pages._ui.archive_state import Desk
from pages._ui.context import visitor
from qdhf.studio import Studio
from qdhf.studio.map_sheet import Sheet
from qdhf.types import Study

FRAGMENT = "fragment"


def some(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def selection_row(studio: Studio, study: Study, sheet: Sheet, desk: Desk) -> None:
    """Tag, pin or ban the selected pictures; aim at the selected empty cells. Nothing while nothing is selected."""
    chosen = desk.selection
    positions, cells = chosen["positions"], chosen["cells"]
    if not positions and not cells:
        return
    with st.container(border=True, key="archive-selected"):
        said = [some(len(positions), "item")] if positions else []
        said += [some(len(cells), "empty cell")] if cells else []
        st.markdown(f"**{' and '.join(said)} selected**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if positions:
                _mark(studio, study, sheet, positions)
            if cells and studio.may(studio.running.illuminate) and st.button(
                "Make these the targets", icon=":material/my_location:", key="archive-aim-selected"
            ):  # fmt: skip
                desk.aim(cells)
                _done(desk, f"{some(len(cells), 'target')} chosen")
            if st.button("Select nothing", key="archive-let-go"):
                _done(desk)
        if positions and studio.may(studio.noting.tag):
            _tag(studio, study, sheet, desk)


def _mark(studio: Studio, study: Study, sheet: Sheet, positions: list[int]) -> None:
    if not studio.may(studio.curating.mark):
        return
    for word, mark, icon in (("Pin", "pin", "push_pin"), ("Ban", "ban", "block")):
        if st.button(word, key=f"archive-{mark}-selected", icon=f":material/{icon}:"):
            for item in studio.mapping.items(sheet, positions):
                studio.curating.mark(study, item, mark)
            st.toast(f"{some(len(positions), 'item')} {'pinned' if mark == 'pin' else 'banned'}")


def _tag(studio: Studio, study: Study, sheet: Sheet, desk: Desk) -> None:
    with st.form("archive-tagging", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        known = sorted(studio.noting.tags(study))
        tag = st.selectbox(
            "Tag", known, index=None, accept_new_options=True, key="archive-tag", placeholder="a new one, or choose"
        )
        if st.form_submit_button("Tag them", icon=":material/label:") and tag:
            items = studio.mapping.items(sheet, desk.selection["positions"])
            studio.noting.tag(study, [item.id for item in items], tag, by=visitor())
            st.toast(f"{some(len(items), 'item')} tagged “{tag}”")


def _done(desk: Desk, words: str = "") -> None:
    desk.let_go()
    if words:
        st.toast(words)
    st.rerun(scope=FRAGMENT)


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
        if st.button("Clear", key="archive-clear"):
            desk.aim([])
            st.rerun(scope=FRAGMENT)


def _send(studio: Studio, study: Study, sheet: Sheet, desk: Desk, budget: int) -> None:
    cells = studio.mapping.targets(study, sheet, desk.targets["cells"])
    if not cells:
        st.info("These cells are filled by now. Pick others.")
        return
    run = studio.running.illuminate(study, budget, targets=tuple(cells))
    desk.aim([])
    st.toast(f"Run of {run.spec.budget} images queued; watch it under Illuminate")
    st.rerun(scope=FRAGMENT)
