"""Groups of raters on screen: who is in them, what divides them, a set that is fair to all."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

import streamlit as st

from pages._ui.gallery import pictures
from qdhf.studio import Studio
from qdhf.studio.rating import Example, Minds
from qdhf.types import Accuracy, Study


def share(accuracy: Accuracy | None) -> str:
    return "–" if accuracy is None else f"{accuracy.value:.0%}"


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def minds(studio: Studio, study: Study) -> None:
    """Groups of raters: looked for on demand, remembered until the next answer."""
    st.subheader("Do people see different things?", anchor=False)
    st.markdown(
        "Some people may look at colour where others look at shape. Then one map cannot suit everyone, and those in the "
        "minority are hardly heard. This puts people into groups if that predicts their answers better."
    )
    needed, found = studio.rating.missing(study), studio.rating.known_groups(study)
    if needed:
        st.info(needed, icon=":material/info:")
    elif found is None and st.button("Look for groups of raters", key="raters-groups", type="primary"):
        with st.spinner("Comparing what people see. This takes up to half a minute…"):
            found = studio.rating.groups(study)
        st.rerun()
    if found is not None and len(found.groups) == 1:
        st.success(
            "No groups: everyone seems to see the same things. Putting people apart predicts their answers no better."
        )
    elif found is not None:
        groups(studio, study, found)


def groups(studio: Studio, study: Study, found: Minds) -> None:
    st.markdown(f"**People are of {len(found.groups)} minds here.** The groups differ in what they call alike:")
    for column, group, members, letter in zip(
        st.columns(len(found.groups)), found.groups.groups, found.members, ascii_uppercase, strict=False
    ):
        with column.container(border=True):
            st.markdown(f"**Group {letter}** · {len(members)} of {len(found.groups.raters)} people")
            st.text(listed([rater.name for rater in members]))
            own, everyone = st.columns(2)
            own.metric("Their own axes", share(group.own))
            everyone.metric("Everyone's axes", share(group.pooled))
            if group.own is not None and group.own.low <= 0.5:
                st.caption("Even their own axes may be no better than a coin: these people may have been guessing.")
    st.caption("The share of a group's answers that axes predict when they have not seen them; a coin would get 50 %.")
    st.markdown("**Questions that would divide them**")
    columns = st.columns(2)
    for number, example in enumerate(studio.rating.examples(study, found)):
        with columns[number % 2].container(border=True):
            divided(example)
    fair(studio, study, found)


def divided(example: Example) -> None:
    """The reference, the two candidates, and what each group would say."""
    for column, label, item in zip(
        st.columns(3), ("Which is more like this?", "first", "second"),
        (example.reference, example.a, example.b), strict=True,
    ):  # fmt: skip
        with column:
            pictures([item], width=110)
            st.caption(label)
    said = [
        f"Group {letter}: the {'first' if p > 0.5 else 'second'} ({max(p, 1 - p):.0%})"
        for letter, p in zip(ascii_uppercase, example.probabilities, strict=False)
    ]
    st.markdown(" · ".join(said))


def fair(studio: Studio, study: Study, found: Minds) -> None:
    """Nine pictures that leave no group behind, beside nine chosen for everyone."""
    choice = studio.rating.fair(study, found, k=9)
    st.subheader("A set that is fair to all groups", anchor=False)
    st.markdown("Nine pictures chosen so that the group that gets least still gets as much as possible:")
    pictures(choice.items, width=84)
    both = zip(ascii_uppercase, choice.coverage, choice.coverage_for_everyone, strict=False)
    st.dataframe(
        [
            {"group": f"Group {letter}", "of their map this set shows": f"{a:.0%}", "a set for everyone shows": f"{b:.0%}"}
            for letter, a, b in both
        ],
        hide_index=True, width="stretch",
    )  # fmt: skip
    st.caption("Each group's map is cut into regions; counted is the share of them that a set has a picture of.")
