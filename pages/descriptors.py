"""Descriptors: what axes were learned, and how far to trust them."""

from __future__ import annotations

import altair as alt
import streamlit as st

from pages._ui.context import chosen_study, explained, guard
from pages._ui.gallery import pictures
from qdhf.types import Accuracy, Fit, Study

studio = guard()
study = chosen_study(studio)


def percent(accuracy: Accuracy | None) -> str:
    if accuracy is None:
        return "not measured yet"
    return f"{accuracy.value:.0%} ({accuracy.low:.0%}–{accuracy.high:.0%})"


def figure(column: object, label: str, accuracy: Accuracy | None, what: str) -> None:
    value = "–" if accuracy is None else f"{accuracy.value:.0%}"
    note = (
        "not measured yet" if accuracy is None else f"{accuracy.low:.0%} to {accuracy.high:.0%}, {accuracy.n} answers"
    )
    with column.container(border=True):  # type: ignore[attr-defined]
        st.metric(label, value, help=what)
        st.caption(note)


def trust(fit: Fit) -> str:
    """One plain sentence on what the figures mean."""
    report = fit.report
    if report.method == "pca" and report.n_train > 0:
        return "People have answered, but so far their answers do not predict new ones better than the pictures' own variation."
    if report.n_train == 0:
        return "These axes show where the pictures vary most. Nobody has been asked yet: answer questions to make them yours."
    held, base = report.held_out, report.baseline
    if held is None or held.n < 10:
        return (
            "The axes follow the answers. Too few random questions were answered to say how well: about 10 are needed."
        )
    if base is not None and held.value <= base.value:
        return (
            "So far the answers do not make the axes better than the pictures' own variation. More answers will tell."
        )
    if held.low > 0.5:
        return f"The axes predict {held.value:.0%} of answers that they have never seen; a coin would get 50 %."
    return "The axes may be no better than a coin yet: the interval still reaches 50 %. Answer more questions."


def axes(fit: Fit, study: Study) -> None:
    """Pictures along each axis, from one end to the other."""
    for axis, examples in enumerate(studio.browsing.along_axes(study, fit)):
        st.caption(f"Axis {axis + 1}: from one end to the other")
        pictures(examples, width=84)


def history(fits: list[Fit]) -> None:
    """Held-out accuracy by version, beside PCA on the same questions."""
    rows = [
        {"answers": f.judgments, "accuracy": a.value, "axes": name, "version": f.version}
        for f in fits
        for name, a in (("learned", f.report.held_out), ("PCA", f.report.baseline))
        if a is not None
    ]
    if len({r["version"] for r in rows}) < 2:
        return
    st.subheader("Over time", anchor=False)
    chart = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(
        x=alt.X("answers:Q", title="answers"), y=alt.Y("accuracy:Q", scale=alt.Scale(domain=[0.3, 1]), title="held-out accuracy"),
        color=alt.Color("axes:N", title=None), tooltip=["version:Q", "answers:Q", "accuracy:Q", "axes:N"],
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")


st.title("Descriptors")
st.caption(study.name)
with explained():
    fit = studio.learning.current(study)
    if fit is None:
        st.info("Axes need at least three items. Generate or import some first.")
        st.stop()
    waiting = studio.learning.answers_since(study, fit)
    if fit.report.method == "pca":
        st.warning(
            "Unsupervised axes: they follow the pictures' own variation (PCA), not people's answers.",
            icon=":material/info:",
        )
    st.markdown(trust(fit))
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Learn from all answers", type="primary" if waiting else "secondary", key="descriptors-fit"):
            with st.spinner("Learning…"):
                fit = studio.learning.fit(study)
            st.toast(f"Version {fit.version} learned from {fit.report.n_train} answers")
            waiting = 0
        st.caption(
            f"{waiting} answers since version {fit.version}" if waiting else f"version {fit.version} knows every answer"
        )
    columns = st.columns(3)
    figure(
        columns[0],
        "Held-out accuracy",
        fit.report.held_out,
        "Share of random questions, never used to learn, that the axes order as people did; 95 % Wilson interval.",
    )
    figure(
        columns[1],
        "PCA on the same questions",
        fit.report.baseline,
        "What the pictures' own variation gets without any answer.",
    )
    figure(
        columns[2],
        "Raters agree with themselves",
        fit.report.consistency,
        "How often a question that was asked again got the same answer: about the best any axes could do.",
    )
    if fit.report.note:
        st.info(fit.report.note)
    axes(fit, study)
    fits = studio.learning.versions(study)
    history(fits)
    with st.expander(f"All {len(fits)} versions"):
        st.dataframe(
            [
                {
                    "version": f.version, "answers": f.judgments, "learned from": f.report.n_train,
                    "method": f.report.method, "held-out": percent(f.report.held_out), "PCA": percent(f.report.baseline),
                    "lapse rate": round(f.report.lapse, 3), "seconds": round(f.report.seconds, 2), "made": f.created_at,
                }
                for f in reversed(fits)
            ],
            hide_index=True,
        )  # fmt: skip
