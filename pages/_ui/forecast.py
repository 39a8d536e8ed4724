"""What answers can tell about themselves: what more of them would bring, where to spend them, how many axes they need."""

from __future__ import annotations

import altair as alt
import streamlit as st

from pages._ui import verdict
from qdhf.studio import Studio
from qdhf.studio.advice import Plan
from qdhf.types import Fit, Study

NEXT = (20, 40, 80)


def forecast_panel(studio: Studio, study: Study, fit: Fit) -> None:
    """Drawn once asked for: it refits the axes to parts of the answers."""
    st.subheader("What more answers would bring", anchor=False)
    key = f"descriptors-plan-{study.id}-{fit.judgments}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        budget = st.segmented_control(
            "Answers you have time for", NEXT, default=NEXT[1], key="descriptors-budget", width="content"
        )
        if st.button("Make a forecast", key="descriptors-forecast", icon=":material/query_stats:"):
            with st.spinner("Learning again from parts of the answers…"):
                st.session_state[key] = studio.learning.plan(study, budget or NEXT[1])
    plan: Plan | None = st.session_state.get(key)
    if plan is None:
        st.caption("The program learns again from parts of your answers, and sees how fast it gets better.")
        return
    if words := verdict.spending(plan):
        st.markdown(f"**{words}**")
    st.markdown(verdict.forecast(plan))
    if plan.curve:
        st.altair_chart(_chart(plan), width="stretch")


def _chart(plan: Plan) -> alt.LayerChart:
    line = [{"answers": n, "right": a, "when": "so far" if n <= plan.answers else "predicted"} for n, a in plan.curve]
    dots = [{"answers": n, "right": a} for n, a in plan.points]
    floor = min([0.5, *(d["right"] for d in dots)])
    x = alt.X("answers:Q", title="answers to learn from")
    y = alt.Y(
        "right:Q", title="unseen answers predicted", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[floor, 1])
    )
    curve = alt.Chart(alt.Data(values=line)).mark_line(strokeWidth=3).encode(
        x=x, y=y, strokeDash=alt.StrokeDash("when:N", title=None, sort=["so far", "predicted"], legend=alt.Legend(orient="top")),
        tooltip=[alt.Tooltip("answers:Q", format=".0f"), alt.Tooltip("right:Q", format=".0%")],
    )  # fmt: skip
    points = alt.Chart(alt.Data(values=dots)).mark_circle(size=50, opacity=0.5).encode(x=x, y=y)
    now = alt.Chart(alt.Data(values=[{"answers": plan.answers}])).mark_rule(strokeDash=[2, 4], opacity=0.5).encode(x=x)
    return (points + curve + now).properties(height=260)


def axes_panel(studio: Studio, study: Study, fit: Fit) -> None:
    """How many axes the answers speak for; drawn once asked for."""
    key = f"descriptors-count-{study.id}-{fit.judgments}"
    if st.button("How many axes do the answers speak for?", key="descriptors-count", icon=":material/looks_two:"):
        with st.spinner("Learning maps with one to four axes…"):
            st.session_state[key] = studio.learning.count_axes(study)
    choice = st.session_state.get(key)
    if choice is None:
        return
    st.markdown(verdict.axes(choice.axes, len(fit.projection.weights)))
    rows = [
        {
            "axes": s.axes,
            "surprise per unseen answer": s.loss,
            "± to the best": s.error,
            "": "✓" if s.axes == choice.axes else "",
        }
        for s in choice.scores
    ]
    decimals = st.column_config.NumberColumn(
        format="%.3f", help="Mean log loss in nats; a coin gets 0.693. Less is better."
    )
    st.dataframe(
        rows, hide_index=True, column_config={"surprise per unseen answer": decimals, "± to the best": decimals}
    )
