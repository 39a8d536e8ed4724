"""Instructions for raters, written by curators: the text, how the study asks, examples, practice, versions."""

from __future__ import annotations

from itertools import pairwise

import streamlit as st

from pages._ui.context import explained
from pages._ui.guide_examples import drafted, edit_examples
from qdhf.studio import Studio
from qdhf.types import Guide, QuestionKind, Study
from qdhf.types.guides import ASPECT_LIMIT, FEWEST_CANDIDATES, MOST_ASPECTS, MOST_CANDIDATES, TEXT_LIMIT

KINDS: dict[QuestionKind, str] = {
    "triplet": "Two choices: which one is more like the reference?",
    "odd": "Odd one out: which of three does not belong?",
    "grid": "Grid: pick those most like the reference",
    "better": "Which is better? (teaches quality, not likeness)",
}
PLACEHOLDER = "What should people look at? What may they ignore? When should they say “can't tell”?"


def guide_editor(studio: Studio, study: Study) -> None:
    """Draw the editor. Saving makes the next version; answers given by earlier ones keep those."""
    with st.expander("Instructions for raters", icon=":material/menu_book:", key="guide-editor"):
        now = studio.guides.current(study)
        said = st.session_state.pop(f"guide-said-{study.id}", "")
        if said:
            st.success(said, icon=":material/check:")
        st.caption(
            "What everybody reads before the first question, and how this study asks. "
            + (f"Version {now.version} holds now." if now.version else "Nobody has written any yet.")
        )
        with explained():
            _edit(studio, study, now)
        _versions(studio, study)


def _edit(studio: Studio, study: Study, now: Guide) -> None:
    v = now.version  # in the widgets' keys, so that each version starts from what is kept
    text = st.text_area(
        "Instructions", value=now.text, max_chars=TEXT_LIMIT, height=160, key=f"guide-text-{v}", placeholder=PLACEHOLDER,
        help="Markdown: **bold**, lists with -, links.",
    )  # fmt: skip
    kind = st.radio("How to ask", list(KINDS), index=list(KINDS).index(now.kind), format_func=KINDS.__getitem__,
                    key=f"guide-kind-{v}", help="Each person may still choose another way on the Label page.")  # fmt: skip
    candidates, pick, graded = now.candidates, now.pick, now.graded
    if kind == "grid":
        left, right = st.columns(2)
        candidates = left.number_input(
            "Shown beside the reference",
            FEWEST_CANDIDATES,
            MOST_CANDIDATES,
            value=now.candidates,
            key=f"guide-candidates-{v}",
        )
        pick = right.number_input(
            "To pick", 1, candidates - 1, value=min(now.pick, candidates - 1), key=f"guide-pick-{v}"
        )
    if kind == "triplet":
        graded = st.checkbox(
            "Ask by how much: “much more like it” or “a bit”", value=now.graded, key=f"guide-graded-{v}"
        )
    aspects = _aspects(now, v)
    shown, practised = edit_examples(studio, study, drafted(study, now))
    if st.button("Save as a new version", type="primary", key="guide-save", icon=":material/save:"):
        made = studio.guides.write(
            study, text=text, kind=kind, candidates=candidates, pick=min(pick, candidates - 1), graded=graded,
            aspects=aspects, examples=shown, practice=practised,
        )  # fmt: skip
        new = made.version != now.version
        st.session_state[f"guide-said-{study.id}"] = (
            f"Version {made.version} is kept. Whoever answers from now on reads it." if new else "Nothing has changed."
        )
        st.rerun()


def _aspects(now: Guide, v: int) -> list[str]:
    given = st.text_input(
        "Compare in these senses (optional)", value=", ".join(now.aspects), key=f"guide-aspects-{v}",
        placeholder="colour, layout, style",
        help=f"Up to {MOST_ASPECTS}, separated by commas, each up to {ASPECT_LIMIT} characters. Every question then names one "
        "of them. Leave it empty to let people go by their whole impression.",
    )  # fmt: skip
    return [part.strip() for part in given.split(",") if part.strip()]


def changes(before: Guide, after: Guide) -> str:
    """What changed from one version to the next, in words."""
    said = []
    if before.text != after.text:
        said.append("the text")
    asking = ("kind", "candidates", "pick", "graded")
    if any(getattr(before, name) != getattr(after, name) for name in asking):
        said.append("how to ask")
    if before.aspects != after.aspects:
        said.append("the senses to compare in")
    for name, words in (("examples", "examples"), ("practice", "practice questions")):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            said.append(f"{words} ({len(old)} before, {len(new)} now)" if len(old) != len(new) else words)
    return f"Changed: {', '.join(said)}." if said else "Nothing changed."


def _versions(studio: Studio, study: Study) -> None:
    versions = studio.guides.versions(study)
    if not versions:
        return
    st.markdown("**Versions**")
    st.caption("Each answer keeps the version that its author had read.")
    for after, before in pairwise([*versions, Guide(study_id=study.id)]):
        when = f"{after.created_at:%d %B %Y, %H:%M} UTC" if after.created_at else ""
        st.text(f"Version {after.version} · {when} · {changes(before, after)}")
