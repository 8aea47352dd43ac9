"""Requests that someone wrote down → a connector spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from callwright.importers.auth import Schemes
from callwright.importers.calls import CallMaker, ImportedCall, base_of, is_origin
from callwright.importers.credentials import Credentials
from callwright.importers.names import connector_name
from callwright.importers.paths import is_prefix
from callwright.importers.values import Tree
from callwright.importers.written import Loss, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import makes: a spec as plain data, and what is known of its values.

    ``credentials``: name → value in the source, never written. ``secrets``: how many of them are no placeholders.
    ``environment``: variable → value of arguments that samples read from the environment. ``variables``: of the spec.
    """

    name: str
    document: Mapping[str, object]
    calls: tuple[ImportedCall, ...]
    losses: tuple[Loss, ...]
    credentials: Mapping[str, str]
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    secrets: int


@dataclass(slots=True)
class Base:
    """The base URL of a connector, and the variables of its host with their values in the source."""

    url: str
    variables: dict[str, str] = field(default_factory=dict[str, str])


def connector_of(source: Source, *, name: str = "", base_url: str = "") -> Imported:
    """The connector that a source describes. ``name`` and ``base_url`` override what the source says."""
    losses = list(source.losses)
    variables: dict[str, str] = {}
    bases = [base_of(request.url, variables) for request in source.requests]
    origins = Counter(b.origin for b in bases if is_origin(b.origin))
    origin = origins.most_common(1)[0][0] if origins else ""
    prefix = _common_prefix([b.path for b in bases if b.origin == origin])
    chosen = name or connector_name(source.title, origin) or "api"
    credentials = Credentials(provider=chosen)
    schemes = Schemes(credentials)
    maker = CallMaker(
        origin=origin, prefix=prefix, credentials=credentials, schemes=schemes, losses=losses
    )
    for request, base in zip(source.requests, bases, strict=True):
        maker.add(request, base)
    calls = maker.finished()
    document: Tree = {"callwright": 1, "name": chosen, "title": source.title or _title(chosen)}
    document["base_url"] = base_url or f"{origin}{prefix}"
    if variables:
        document["variables"] = {
            n: _variable(value, n in _whole_hosts(origin)) for n, value in variables.items()
        }
    if credentials.declared:
        document["credentials"] = {
            n: {"description": "Found in the import."} for n in credentials.declared
        }
    document.update(schemes.described())
    document.update(maker.shared())
    document["calls"] = {call.name: call.tree for call in calls}
    environment = {k: v for call in calls for k, v in call.environment.items()}
    return Imported(
        name=chosen,
        document=document,
        calls=tuple(calls),
        losses=tuple(losses),
        credentials=credentials.values,
        variables=variables,
        environment=environment,
        secrets=credentials.secrets,
    )


def _title(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("_"))


def _whole_hosts(origin: str) -> set[str]:
    host = urlsplit(origin.replace("${", "").replace("}", "")).netloc
    return {host}


def _variable(value: str, is_host: bool) -> Tree:
    pattern = "[A-Za-z0-9.-]+(:[0-9]+)?" if is_host else "[A-Za-z0-9-]+"
    return {"type": "string", "required": True, "pattern": pattern}


def _common_prefix(paths: Sequence[str]) -> str:
    """The segments that all paths begin with and that are no resource: versions, ``api``."""
    prefix: list[str] = []
    split = [path.strip("/").split("/") for path in paths if path.strip("/")]
    if len(split) < len(paths) or not split:
        return ""
    for segments in zip(*(s[:-1] for s in split), strict=False):
        if len(set(segments)) > 1 or not is_prefix(segments[0]):
            break
        prefix.append(segments[0])
    return "".join(f"/{segment}" for segment in prefix)
