"""An ASGI application that logs its users in through a provider and calls the provider's API as them.

    OIDC_CLIENT_ID=… OIDC_CLIENT_SECRET=… uvicorn oauth_login:app --port 8765

Register http://127.0.0.1:8765/callback with the provider. `oidc` is the client generated from `specs/oidc`; with
another provider only its name changes. Sessions are kept in this process to keep the example short: use your framework's
own, and a TokenStore over your database when there are several processes.
"""

from __future__ import annotations

import html
import os
import secrets
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from typing import Any

from generated.oidc import AsyncLibraryLogin, AuthError, MemoryTokenStore, oauth

REDIRECT_URI = os.environ.get("REDIRECT_URI", "http://127.0.0.1:8765/callback")

tokens = MemoryTokenStore()
sign_in = oauth.SignIn(token_store=tokens)
sessions: dict[str, dict[str, str]] = {}

Answer = tuple[int, list[tuple[str, str]], str]


async def login(session: dict[str, str]) -> Answer:
    """Send the browser to the provider; the session remembers what must come back."""
    request = await sign_in.authorization_url_async(redirect_uri=REDIRECT_URI)
    session.update(state=request.state, code_verifier=request.code_verifier or "")
    return 303, [("Location", request.url)], ""


async def callback(session: dict[str, str], query: str) -> Answer:
    """The browser is back: buy the token, ask whose it is, keep it under that user's id."""
    try:
        code = oauth.read_redirect(query, state=session.pop("state", ""))
        token = await sign_in.exchange_async(
            code, redirect_uri=REDIRECT_URI, code_verifier=session.pop("code_verifier", "")
        )
        profile = await sign_in.fetch_profile_async(token)
    except AuthError as error:
        return 400, [], f"<p>{html.escape(str(error))}</p><a href='/login'>Try again</a>"
    user = profile.id or ""
    await sign_in.store_async(token, subject=user)
    session["user"] = user
    return 303, [("Location", "/")], ""


async def home(client: AsyncLibraryLogin, session: dict[str, str]) -> Answer:
    """Call the API as the user who is logged in; an old token is renewed on the way."""
    if "user" not in session:
        return 200, [], "<a href='/login'>Log in</a>"
    try:
        person = await client.with_options(subject=session["user"]).me()
    except AuthError:
        session.clear()  # the provider no longer renews the token
        return 303, [("Location", "/login")], ""
    return 200, [], f"<p>Hello {html.escape(str(person.email))}</p><a href='/logout'>Log out</a>"


async def logout(session: dict[str, str]) -> Answer:
    """Forget the user and the token."""
    await sign_in.sign_out_async(subject=session.pop("user", None))
    return 303, [("Location", "/")], ""


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """The application: one client for all users, made when it starts."""
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["client"] = AsyncLibraryLogin(token_store=tokens)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await scope["state"]["client"].aclose()
        await send({"type": "lifespan.shutdown.complete"})
        return
    cookies = SimpleCookie(dict(scope["headers"]).get(b"cookie", b"").decode())
    key = cookies["session"].value if "session" in cookies else secrets.token_urlsafe(32)
    session = sessions.setdefault(key, {})
    match scope["path"]:
        case "/":
            status, headers, body = await home(scope["state"]["client"], session)
        case "/login":
            status, headers, body = await login(session)
        case "/callback":
            status, headers, body = await callback(session, scope["query_string"].decode())
        case "/logout":
            status, headers, body = await logout(session)
        case _:
            status, headers, body = 404, [], "not found"
    headers += [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Set-Cookie", f"session={key}; HttpOnly; SameSite=Lax; Path=/"),
    ]
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body.encode()})
