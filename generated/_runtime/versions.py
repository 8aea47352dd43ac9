"""The oldest versions of the libraries that the runtime works with."""

from __future__ import annotations

from collections.abc import Mapping

OLDEST: Mapping[str, tuple[int, ...]] = {"httpx": (0, 27), "httpx2": (2, 0), "pydantic": (2, 11)}


def require(library: str, version: str) -> None:
    """Raise ImportError when the installed version of a library is older than the runtime needs."""
    oldest = OLDEST[library]
    installed = tuple(int(part) for part in version.split(".")[: len(oldest)] if part.isdigit())
    if installed < oldest:
        needed = ".".join(map(str, oldest))
        raise ImportError(
            f"{library} {version} is too old for this client: install {library} {needed} or newer"
        )
