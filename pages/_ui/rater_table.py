"""People who answer, in figures and in words, and the line that each one's answers draw."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import streamlit as st

from pages._ui.minds import share
from qdhf.studio.rating import Progress, RaterView

PLACES = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip
KINDS = {"odd": "three", "grid": "each grid"}


def rater_table(people: Sequence[RaterView], target: int) -> None:
    """One row per person. ``target``: answers that are a full share."""
    st.dataframe(
        [_row(person, target) for person in people], hide_index=True, width="stretch",
        column_config={
            f"of {target}": st.column_config.ProgressColumn(
                f"of {target}", min_value=0.0, max_value=1.0, format="percent", help="Answers without skips."
            ),
        },
    )  # fmt: skip
    st.caption(
        "**Repeats agree**: some questions come back with their sides swapped; this often the same picture was chosen. "
        "**Like the others**: of the questions that others answered too, this often the same was chosen. **Chose left**: "
        "sides are random, so about 50 % is expected. **Too fast**: faster than anyone can look at three pictures. "
        "**Practice**: answers of the practice round that were as expected. **Instructions**: the latest version read."
    )


def _row(person: RaterView, target: int) -> dict[str, object]:
    report, practice = person.report, person.practice
    return {
        "name": person.rater.name, "left out": "yes" if person.exclusion else "", "answers": report.answers,
        f"of {target}": min(1.0, (report.answers - report.skips) / target),
        "per minute": "–" if report.pace is None else f"{report.pace:.0f}",
        "repeats agree": _of(report.consistency), "like the others": _of(person.agrees),
        "chose left": share(report.left), "too fast": share(report.fast), "can't tell": share(report.unsure),
        "practice": f"{practice.right} of {practice.asked}" if practice else "–",
        "instructions": f"version {person.guide}" if person.guide else "–",
    }  # fmt: skip


def _of(accuracy: object) -> str:
    return "–" if accuracy is None else f"{share(accuracy)} of {accuracy.n}"  # type: ignore[arg-type, attr-defined]


def concerns(person: RaterView) -> list[str]:
    """What to look into, in words that follow the person's name; empty where nothing stands out."""
    report, said = person.report, []
    if report.favours_side and report.left is not None:
        side = "left" if report.left.value > 0.5 else "right"
        said.append(f"chose the {side} side far more often than chance would, which looks like a habit")
    for each in report.favours_places:
        place = f"the {PLACES[each.favourite]} of {KINDS[each.kind]}"
        picked = f"{each.shares[each.favourite]:.0%} of the picks"
        said.append(f"picked {place} far more often than chance would ({picked}), which looks like a habit")
    if report.hasty:
        said.append(f"gave {share(report.fast)} of the answers too fast to have looked at the pictures")
    if report.inconsistent and report.consistency is not None:
        same = round(report.consistency.value * report.consistency.n)
        said.append(f"chose the same picture again in {same} of {report.consistency.n} repeated questions")
    return said


def progress_chart(points: Sequence[Progress], target: int) -> None:
    """Each person's answers over time, up to ``target`` and beyond."""
    st.markdown("**Answers over time**")
    line = (
        alt.Chart(alt.Data(values=[{"name": p.name, "time": p.time.isoformat(), "answers": p.answers} for p in points]))
        .mark_line(interpolate="step-after", point=len(points) <= 100)
        .encode(
            x=alt.X("time:T", title=None),
            y=alt.Y("answers:Q", title="answers"),
            color=alt.Color("name:N", title=None, legend=alt.Legend(orient="bottom", columns=3)),
            tooltip=[alt.Tooltip("name:N"), alt.Tooltip("time:T", format="%d %b %H:%M"), alt.Tooltip("answers:Q")],
        )
    )
    goal = (
        alt.Chart(alt.Data(values=[{"answers": target}]))
        .mark_rule(strokeDash=[4, 4], opacity=0.5)
        .encode(y="answers:Q")
    )
    st.altair_chart((line + goal).properties(height=260), width="stretch")
    st.caption(f"Skips are not counted. The dashed line is at {target} answers.")
