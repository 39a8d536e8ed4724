"""What each axis means: its examples, its name, and what it could be called."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages._ui.strips import strip
from qdhf.studio import Studio
from qdhf.studio.advice import Suggestion
from qdhf.types import AxisName, Fit, Study


def axis_title(names: dict[int, AxisName], axis: int) -> str:
    """What people call the axis, or its number."""
    return names[axis].name if axis in names else f"Axis {axis + 1}"


def map_labels(names: dict[int, AxisName]) -> tuple[str, str]:
    """Labels of a map's two axes, with the words for their ends where there are some."""

    def label(axis: int) -> str:
        found = names.get(axis)
        ends = f": {found.low} → {found.high}" if found and found.low and found.high else ""
        return axis_title(names, axis) + ends

    return label(0), label(1)


def axis_panel(studio: Studio, study: Study, fit: Fit) -> None:
    """Strips of examples along each axis, with renaming and suggestions."""
    st.subheader("What each axis means", anchor=False)
    st.caption("Pictures from one end of each axis to the other. Look along a row: what changes? Call it that.")
    names = studio.learning.axis_names(study)
    suggested = st.session_state.get(_key(study, fit))
    for axis, examples in enumerate(studio.browsing.along_axes(study, fit)):
        with st.container(border=True, key=f"descriptors-axis-{axis}"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(f"<strong>{escape(axis_title(names, axis))}</strong>", width="stretch")
                rename_axis(studio, study, axis, names.get(axis), "descriptors")
            found = names.get(axis)
            strip(examples, found.low if found else "", found.high if found else "")
            if suggested is not None:
                _suggestions(studio, study, axis, suggested.by_axis[axis])
    _ask_for_names(studio, study, fit)


def _key(study: Study, fit: Fit) -> str:
    return f"descriptors-names-{study.id}-{fit.version}"


def rename_axis(studio: Studio, study: Study, axis: int, now: AxisName | None, page: str, label: str = "") -> None:
    """Where people name an axis; ``page`` keeps the fields of two pages apart. Nothing for those who may not."""
    if not studio.may(studio.learning.name_axis):
        return
    label = label or ("Rename" if now else "Name it")
    with st.popover(label, icon=":material/edit:", key=f"{page}-rename-{axis}"):
        name = st.text_input("Name", value=now.name if now else "", max_chars=60, key=f"{page}-name-{axis}")
        low = st.text_input("Low end", value=now.low if now else "", max_chars=60, key=f"{page}-low-{axis}")
        high = st.text_input("High end", value=now.high if now else "", max_chars=60, key=f"{page}-high-{axis}")
        if st.button("Save", type="primary", key=f"{page}-save-{axis}", disabled=not name.strip()):
            studio.learning.name_axis(study, axis, name, low, high)
            st.rerun()


def _suggestions(studio: Studio, study: Study, axis: int, found: Sequence[Suggestion]) -> None:
    if not found:
        st.caption("No words that the program knows follow this axis.")
        return
    with st.container(horizontal=True, key=f"descriptors-suggested-{axis}"):
        for i, each in enumerate(found):
            label = f"{each.name}: {each.low} → {each.high}"
            help_text = f"Follows the axis with a correlation of {each.correlation:.2f} (1 is perfect)."
            if st.button(label, key=f"descriptors-use-{axis}-{i}", help=help_text, icon=":material/auto_awesome:"):
                studio.learning.name_axis(study, axis, each.name[:60], each.low[:60], each.high[:60])
                for part in ("name", "low", "high"):
                    st.session_state.pop(f"descriptors-{part}-{axis}", None)
                st.rerun()


def _ask_for_names(studio: Studio, study: Study, fit: Fit) -> None:
    if not studio.may(studio.learning.name_axis) or not studio.learning.knows_words(study):
        return
    key = _key(study, fit)
    if key in st.session_state:
        if st.session_state[key].caution:
            st.caption(st.session_state[key].caution)
        return
    if st.button("Suggest names", icon=":material/auto_awesome:", key="descriptors-suggest"):
        with st.spinner("Looking at the items…"):
            found = studio.learning.suggest_names(study, fit)
        if found is not None:
            st.session_state[key] = found
        st.rerun()
