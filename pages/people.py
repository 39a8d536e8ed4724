"""People: who may do what here, and who was invited to label."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained, guard, visitor
from pages._ui.invites import invites
from qdhf.types import Member
from qdhf.types.access import ROLES

studio = guard()
WORDS = {
    "viewer": "look at everything but answers and raters",
    "rater": "the same, and answer questions under their own name",
    "curator": "all of that, and run, learn, choose, export, invite",
    "admin": "everything, and give roles",
}
TAKEN = "no role"


def roles() -> None:
    """Who has which role, and the form that gives one."""
    st.subheader("Roles", anchor=False)
    if visitor().local:
        st.warning(
            "Nobody signs in here: whoever reaches this app may do everything, and a name proves nothing. To give people "
            "roles, set up signing in first: see docs/access.md.",
            icon=":material/lock_open:",
        )
    st.markdown("\n".join(f"- **{role}**: may {WORDS[role]}" for role in ROLES))
    for subject in studio.access.admins():
        st.text(f"{subject}: admin, by QDHF_ADMINS")
    for member in studio.access.members():
        change(member)
    with (
        st.form("people-new", border=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        subject = st.text_input("E-mail address", key="people-subject", placeholder="ana@example.org")
        role = st.selectbox("Role", ROLES, key="people-role", width=160)
        if st.form_submit_button("Give role", type="primary", key="people-give"):
            with explained():
                studio.access.set_role(subject, role, visitor())
                st.rerun()


def change(member: Member) -> None:
    """One person with their role; choosing another acts at once."""
    with (
        st.container(horizontal=True, vertical_alignment="center", key=f"member-{member.subject}"),
        explained(),
    ):
        st.text(member.subject)
        chosen = st.selectbox(
            f"Role of {member.subject}", [*ROLES, TAKEN], index=ROLES.index(member.role or "viewer"),
            key=f"people-role-{member.subject}-{member.role}", label_visibility="collapsed", width=160,
        )  # fmt: skip
        if chosen != member.role:
            studio.access.set_role(member.subject, None if chosen == TAKEN else chosen, visitor())  # type: ignore[arg-type]
            st.rerun()


st.title("People")
if studio.may(studio.access.set_role):
    roles()
studies = {study.id: study for study in studio.studies.all()}
if studies:
    known = st.query_params.get("study") or st.session_state.get("study")
    wanted = st.selectbox(
        "Study", list(studies), index=list(studies).index(known) if known in studies else 0,
        format_func=lambda one: studies[one].name, key="people-study",
    )  # fmt: skip
    invites(studio, studies[wanted])
else:
    st.caption("Invitations are for one study; make one first.")
