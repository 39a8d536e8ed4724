"""Signing in through the team's own service (OpenID Connect), where ``[auth]`` in ``.streamlit/secrets.toml`` names one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from qdhf.errors import NotAllowed
from qdhf.studio.access import configured_admins


class NotSignedIn(NotAllowed):
    """Nobody signed in yet in this browser."""


def secrets_found() -> dict[str, Any] | None:
    """The ``[auth]`` section; None where no file of secrets says how people sign in.

    Raises NotAllowed for a file that cannot be read: nobody gets in by breaking it."""
    if not any(Path(path).exists() for path in st.get_option("secrets.files")):
        return None
    try:
        found = st.secrets.to_dict()
    except Exception as error:
        raise NotAllowed("The file secrets.toml cannot be read. Mend it and start the app again.") from error
    return dict(found["auth"]) if "auth" in found else None


@lru_cache(maxsize=1)
def providers() -> tuple[str | None, ...] | None:
    """Names of the services to sign in with, (None,) for one without a name; None where nobody signs in.

    Decided once for each process: a file that vanishes while the app runs opens nothing."""
    auth = secrets_found()
    if auth is None:
        return None
    named = tuple(name for name, value in auth.items() if isinstance(value, dict) and "client_id" in value)
    return named or (None,)


def required() -> bool:
    """Whether people must sign in. Raises NotAllowed where that cannot be told, or where QDHF_ADMINS expects it."""
    if providers() is not None:
        return True
    if configured_admins():
        raise NotAllowed(
            "QDHF_ADMINS is set, so people must sign in, but secrets.toml does not say how: it needs a section [auth]. "
            "See docs/access.md."
        )
    return False


def verified_subject() -> tuple[str, str]:
    """The verified e-mail address of whoever signed in, and their name. Raises NotSignedIn, NotAllowed."""
    user = st.user.to_dict()
    if not user.get("is_logged_in"):
        raise NotSignedIn("Sign in first.")
    email = str(user.get("email") or "").strip().lower()
    if not email:
        raise NotAllowed("The service that you signed in with does not tell your e-mail address; roles need one.")
    if "email_verified" in user and str(user["email_verified"]).lower() != "true":
        raise NotAllowed(
            f"The service that you signed in with has not verified that {email} is yours. Verify it there."
        )
    return email, str(user.get("name") or "")


def sign_in_screen() -> None:
    """What anonymous visitors see, whatever page they asked for."""
    st.title("QDHF Studio")
    st.write("Sign in to go on. If somebody sent you an invitation, open its link as it is: it needs no account.")
    for name in providers() or ():
        label = "Sign in" if name is None else f"Sign in with {name.replace('_', ' ').title()}"
        st.button(label, key=f"sign-in-{name or 'default'}", type="primary", on_click=st.login, args=(name,))


def sign_out_button() -> None:
    st.button("Sign out", key="sign-out", icon=":material/logout:", on_click=st.logout)
