"""Where a run's pictures came from, and what screening saved."""

from __future__ import annotations

import streamlit as st

from qdhf.studio.running import RunStatus
from qdhf.studio.searching import Moment, Saving, Way, aims, moments, saving, ways


def search_panel(status: RunStatus) -> None:
    """Nothing before the first pictures of an illumination."""
    told = ways(status.iterations)
    if not told:
        return
    aimed, saved = aims(status.iterations), saving(status.iterations)
    went = moments(status.iterations)
    if len(went) > 1:
        with st.expander("How it went"):
            _curves(went)
    with st.expander("Where the pictures came from"):
        st.caption("Ways that open or better more places of the map get a larger share of the next pictures.")
        _table(told, key=f"ways-{status.run.id}")
        if aimed:
            total, near, exact = aimed
            st.caption(f"{total} were aimed at a place of the map: {near} landed there or beside it, {exact} exactly.")
        if saved:
            st.caption(saving_words(saved))


def _curves(went: list[Moment]) -> None:
    """Coverage and QD score, and who had which share of the batches, over the pictures of the run."""
    pictures = [moment.pictures for moment in went]
    left, right = st.columns(2)
    for column, name, values in (
        (left, "Coverage, %", [100 * m.coverage for m in went]), (right, "QD score", [m.qd_score for m in went]),
    ):  # fmt: skip
        column.caption(name)
        column.line_chart({"Pictures": pictures, name: values}, x="Pictures", y=name, y_label="", height=160)
    st.caption("Shares of each batch, %")
    names = list(went[-1].shares)
    shares = {name: [100 * m.shares[name] for m in went] for name in names}
    st.area_chart({"Pictures": pictures, **shares}, x="Pictures", y=names, y_label="", height=220, stack=True)


def _table(told: list[Way], key: str) -> None:
    st.dataframe(
        {
            "Way": [way.words for way in told],
            "Share now": [100 * way.share for way in told],
            "Pictures": [way.made for way in told],
            "New places": [way.opened for way in told],
            "Better ones": [way.bettered for way in told],
        },
        column_config={
            "Share now": st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100),
            "New places": st.column_config.NumberColumn(help="Pictures that were the first in their place on the map."),
            "Better ones": st.column_config.NumberColumn(
                help="Pictures that were better than what was in their place."
            ),
        },
        hide_index=True,
        width="stretch",
        key=key,
    )


def saving_words(saved: Saving) -> str:
    """One sentence or two on what screening did."""
    text = (
        f"{saved.candidates} ideas were looked at before {saved.rendered} were drawn. {saved.promised:.0f} of these were "
        f"expected to fill or better a place, {saved.gained} did."
    )
    return text + (
        f" Drawing unseen would take {1 / (1 - saved.saved):.1f} times as many." if 0 < saved.saved < 1 else ""
    )
