"""Inviting people to label one study: make links, copy them, withdraw them."""

from __future__ import annotations

import streamlit as st

from pages._ui.context import explained, visitor
from pages._ui.gallery import absolute
from pages._ui.invitations import link_of
from qdhf.studio import Studio
from qdhf.studio.access import DAYS, state
from qdhf.types import Invite, Study


def invites(studio: Studio, study: Study) -> None:
    """The section about invitations to ``study``: for curators and admins; others see nothing of it."""
    if not studio.may(studio.access.invite):
        return
    st.subheader("Invite people to label", anchor=False)
    st.caption(
        "A link opens the Label page of this study for one person, without an account, and nothing else. Whoever has the "
        "link can answer under its name, so send each to one person alone."
    )
    with explained():
        _form(studio, study)
        made = studio.access.invites(study)
        for invite in made:
            _show(studio, invite)
        if not made:
            st.caption("Nobody was invited yet.")


def _form(studio: Studio, study: Study) -> None:
    with (
        st.form("invite-new", border=True, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input("Who is it for?", key="invite-name", max_chars=80, placeholder="Mira")
        days = st.number_input("Days that it lasts", 1, DAYS, 14, key="invite-days", width=160)
        if st.form_submit_button("Make a link", type="primary", key="invite-make", icon=":material/link:"):
            studio.access.invite(study, name, visitor(), int(days))


def _show(studio: Studio, invite: Invite) -> None:
    """One invitation: its link while it opens something, and when it ends or ended."""
    found = state(invite)
    with st.container(border=True, key=f"invite-{invite.id}"):
        if found == "open":
            st.markdown("**Open**")
            st.text(f"{invite.name}, until {invite.expires_at:%d %B %Y}")
            st.code(absolute(link_of(invite)), language=None, wrap_lines=True)
            if st.button("Withdraw", key=f"invite-revoke-{invite.id}", icon=":material/link_off:"):
                studio.access.revoke(invite, visitor())
                st.rerun()
        else:
            ended = invite.revoked_at or invite.expires_at
            st.caption("Withdrawn" if found == "revoked" else "Ended")
            st.text(f"{invite.name}, {ended:%d %B %Y}")
