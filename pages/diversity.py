"""Diversity: the suite of measures, never one number."""

from __future__ import annotations

import altair as alt
import streamlit as st

from pages._ui.context import chosen_study, explained, guard

studio = guard()
study = chosen_study(studio)
st.title("Diversity")
st.caption(study.name)
with explained():
    suite = studio.browsing.diversity(study)
    figures = st.columns(4)
    figures[0].metric("Elites", suite.elites)
    figures[1].metric("Coverage", f"{suite.coverage:.0%}")
    figures[2].metric(
        "Evenness of cells",
        f"{suite.entropy:.0%}",
        help="Entropy of all items over cells, as a share of the largest possible",
    )
    figures[3].metric("QD score", f"{suite.qd_score:.1f}")
    st.markdown(
        f"On the learned axes the {suite.elites} elites count as **{suite.learned[1.0]:.1f} different pictures**; to the "
        f"encoder, which asked nobody, as **{suite.features[1.0]:.1f}**."
    )
    rows = [
        {"order": "∞" if q == float("inf") else f"{q:g}", "effective number": v, "similarity": name}
        for name, scores in (("learned axes", suite.learned), ("encoder features", suite.features))
        for q, v in scores.items()
    ]
    chart = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(
        x=alt.X("order:N", title="order q: small counts rare kinds, large counts common ones", sort=None),
        y=alt.Y("effective number:Q"), color=alt.Color("similarity:N", title=None),
        tooltip=["similarity:N", "order:N", "effective number:Q"],
    )  # fmt: skip
    st.altair_chart(chart, width="stretch")
    st.caption("Vendi scores: where the two curves disagree, people and the encoder see different kinds of difference.")
