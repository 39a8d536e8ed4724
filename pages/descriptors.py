"""Descriptors: how sure the axes are, what they mean, and what more answers would bring."""

from __future__ import annotations

import altair as alt
import streamlit as st

from pages._ui import verdict
from pages._ui.axis_panel import axis_panel
from pages._ui.context import chosen_study, explained, guard, way_to
from pages._ui.forecast import axes_panel, forecast_panel
from qdhf.types import Accuracy, Fit

studio = guard()
study = chosen_study(studio)
NOTHING = "none: the items alone"


def banners(fit: Fit) -> None:
    """What to know before trusting the map."""
    health = studio.learning.health(study, fit)
    if fit.report.method == "pca":
        st.warning(
            "Unsupervised axes: they follow the items' own variation, not what people see. Answer questions to make "
            "them yours.",
            icon=":material/info:",
        )
    if fit.report.method == "earlier":
        st.info(verdict.plain(fit.report.note), icon=":material/history:")
    for words in (verdict.over_fitted(fit.report, health), verdict.crowded(health)):
        if words:
            st.warning(words, icon=":material/warning:")


def learn_row(fit: Fit) -> None:
    """The button that learns, and what it would learn from."""
    waiting = studio.learning.answers_since(study, fit)
    with st.container(horizontal=True, vertical_alignment="center"):
        if studio.may(studio.learning.fit) and st.button(
            "Learn from all answers", type="primary" if waiting else "secondary", key="descriptors-fit"
        ):
            with st.spinner("Learning…"):
                made = studio.learning.fit(study)
            st.toast(f"Version {made.version} learned from {verdict.answers(made.report.n_train)}")
            st.rerun()
        way_to("label", "Answer more questions")
        said = f"{verdict.answers(waiting)} since version {fit.version}" if waiting else ""
        if studio.learning.exclusions_changed(study, fit):
            said = f"Somebody's answers were left out or let in since version {fit.version}: learn anew to follow."
        st.caption(said or f"version {fit.version} knows every answer")


def verdict_card(fit: Fit) -> None:
    report = fit.report
    with st.container(border=True, key="descriptors-verdict"):
        st.markdown(f"### {verdict.headline(report)}")
        said = [verdict.comparison(report), verdict.place(report, studio.learning.health(study, fit))]
        st.markdown(" ".join(s for s in said if s))
        if report.note and report.method == "logistic":
            st.caption(verdict.plain(report.note))
        learn_row(fit)


def figure(column: object, label: str, accuracy: Accuracy | None, what: str) -> None:
    with column.container(border=True, height="stretch"):  # type: ignore[attr-defined]
        st.metric(label, "–" if accuracy is None else verdict.percent(accuracy.value), help=what)
        many = accuracy is not None and accuracy.n >= verdict.ENOUGH
        st.caption(
            "not measured yet" if accuracy is None
            else f"{verdict.between(accuracy)}, {verdict.answers(accuracy.n)}" + ("" if many else ": too few to tell")
        )  # fmt: skip


def figures(fit: Fit) -> None:
    st.subheader("How far to trust them", anchor=False)
    report, columns = fit.report, st.columns(4)
    figure(
        columns[0], "Answers never seen", report.held_out,
        "Every sixth question or so is a surprise: drawn at random, and never learned from. The share of them that the "
        "axes get right, with its 95 % interval. A coin gets 50 %.",
    )  # fmt: skip
    figure(
        columns[1], "Without any answers", report.baseline,
        "The same surprise questions, by the items' own widest variation (principal components).",
    )  # fmt: skip
    figure(
        columns[2], "People, asked again", report.consistency,
        "How often a hidden repeat got the same answer. About the best that any axes could do.",
    )  # fmt: skip
    figure(
        columns[3], "The newest finds", report.newest,
        "Surprise questions that show one of the newest items on the map. If this is much lower than the first figure, "
        "the search has gone where your answers do not reach.",
    )  # fmt: skip
    for words in (verdict.calibration(report), verdict.retention(report), verdict.moved(fit)):
        if words:
            st.markdown(f"- {words}")


def history(fits: list[Fit]) -> None:
    """Held-out accuracy by version, beside the axes without answers on the same questions."""
    kinds = (("these axes", "held_out"), ("without any answers", "baseline"))
    rows = [
        {"answers": f.judgments, "right": a.value, "axes": name, "version": f.version}
        for f in fits
        for name, field in kinds
        if (a := getattr(f.report, field)) is not None
    ]
    if len({r["version"] for r in rows}) < 2:
        return
    chart = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(
        x=alt.X("answers:Q", title="answers"),
        y=alt.Y("right:Q", scale=alt.Scale(domain=[0.3, 1]), title="unseen answers predicted", axis=alt.Axis(format="%")),
        color=alt.Color("axes:N", title=None, sort=[k for k, _ in kinds], legend=alt.Legend(orient="top")),
        tooltip=["version:Q", "answers:Q", alt.Tooltip("right:Q", format=".0%"), "axes:N"],
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")


def versions(fits: list[Fit]) -> None:
    rows = [
        {
            "version": f.version, "answers": f.judgments, "learned from": f.report.n_train, "method": f.report.method,
            "unseen": None if f.report.held_out is None else f.report.held_out.value,
            "PCA": None if f.report.baseline is None else f.report.baseline.value,
            "trained": None if f.report.train is None else f.report.train.value,
            "calibration error": f.report.calibration, "cells moved": f.report.moved, "kept": f.report.kept,
            "place ± cells": f.report.spread, "lapse rate": f.report.lapse, "steepness": f.report.steepness,
            "seconds": f.report.seconds, "made": f.created_at,
        }
        for f in reversed(fits)
    ]  # fmt: skip
    shares = ("unseen", "PCA", "trained", "kept", "lapse rate")
    rounded = ("calibration error", "cells moved", "place ± cells", "steepness", "seconds")
    config = {c: st.column_config.NumberColumn(format="percent") for c in shares}
    config |= {c: st.column_config.NumberColumn(format="%.2f") for c in rounded}
    st.dataframe(rows, hide_index=True, column_config=config)


def start_from(fit: Fit) -> None:
    """Choose another study's axes to begin from; kept in every later version."""
    others = {s.id: s.name for s in studio.learning.starts(study)}
    chosen = fit.report.prior.partition(":")[0]
    if not others and not chosen:
        st.caption("Once another study of the same encoder has learned axes, this one can start from them.")
        return
    options = ["", *dict.fromkeys([*others, *([chosen] if chosen else [])])]
    wanted = st.selectbox(
        "Start from the axes of another study", options, index=options.index(chosen), key="descriptors-start",
        format_func=lambda i: others.get(i, "an earlier study") if i else NOTHING,
        help="Its axes stand until there are answers here, and count as a hint afterwards. Your answers win.",
    )  # fmt: skip
    if wanted != chosen and st.button("Learn with this start", key="descriptors-start-go"):
        with st.spinner("Learning…"):
            studio.learning.fit(study, start_from=wanted)
        st.rerun()


st.title("Descriptors")
st.caption(study.name)
with explained():
    current = studio.learning.current(study)
    if current is None:
        st.info("Axes need at least three items. Generate or import some first.")
        st.stop()
    banners(current)
    verdict_card(current)
    axis_panel(studio, study, current)
    if studio.labelling.answered(study):
        figures(current)
        with explained():
            forecast_panel(studio, study, current)
    fits = studio.learning.versions(study)
    with st.expander("Earlier versions, other starts, and all figures"):
        history(fits)
        versions(fits)
        with explained():
            axes_panel(studio, study, current)
        if studio.may(studio.learning.fit):
            start_from(current)
