"""The user a token belongs to, fetched with one of the connector's calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from ..config import Settings
from ..core import Exchange, exchange
from ..definition import Profile
from ..errors import ApiError, ArgumentError, AuthError, MissingCredentialError
from ..flow import Flow
from ..reading.data import data_of
from ..reading.paths import lookup
from ..record import Record
from ..redaction.request_secrets import secrets_of
from ..unset import UNSET
from .scheme import AuthContext
from .token_request import fault
from .token_response import refused, text_of


class UserProfile(Record):
    """The profile of a signed-in user. ``id`` and ``email``: None if the spec or the response lacks them; ``data``: the
    whole response."""

    id: str | None
    email: str | None
    data: object = field(repr=False)


def request_profile(
    profile: Profile, settings: Settings, context: AuthContext
) -> Flow[UserProfile]:
    """Send the call with the token that ``settings`` holds. Raises AuthError when the provider does not say who it is.

    ``context`` is that of the sign-in, for messages.
    """
    try:
        done: Exchange = yield from exchange(settings, None, profile.call, {})
    except (ArgumentError, MissingCredentialError, AuthError):
        raise
    except ApiError as error:
        problem = str(error).removeprefix(f"{profile.call.name}: ")
        raise fault(context, problem, lacking="profile") from None
    if done.failure is not None:
        raise refused(context, done.response, secrets_of(done.request), lacking="profile")
    headers = done.response.headers
    body = data_of(done.response.content, None, done.response.header("content-type"))
    if body is UNSET:
        raise fault(context, "the response is neither JSON nor XML", lacking="profile")
    return UserProfile(
        _text(profile.id_path, body, headers), _text(profile.email_path, body, headers), body
    )


def _text(paths: tuple[str, ...], body: object, headers: Iterable[tuple[str, str]]) -> str | None:
    return text_of(lookup(paths, body, headers), any_type=True)
