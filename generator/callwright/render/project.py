"""A package as a project of its own: the runtime inside, ``pyproject.toml`` and README around it. It builds to a wheel."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from callwright.ir.nodes import Method, Package, Parameter, Requests
from callwright.render.environment import environment, visible
from callwright.render.runtime import runtime_files
from callwright.runtime.definition import AllOf, Scheme

# the versions that the runtime was tested with; docs/generated-clients.md has them too
_HTTP = {"httpx": "httpx>=0.27,<0.29", "httpx2": "httpx2>=2,<3"}
_REQUIREMENTS = ("pydantic>=2.11,<3", "typing-extensions>=4.13")
_SIGNING = "pyjwt[crypto]>=2.9"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")


def project_files(
    package: Package, requests: Requests, files: Mapping[str, bytes], http: str
) -> dict[str, bytes]:
    """The files of the project by their path in it; ``files`` are those of the package without its runtime."""
    runtime = runtime_files(http).items()
    inside = {**files, **{f"_runtime/{path}": text.encode() for path, text in runtime}}
    around = {
        "pyproject.toml": _pyproject(package, requests, http).encode(),
        "README.md": _readme(package, requests).encode(),
    }
    return {**around, **{f"{package.name}/{path}": body for path, body in inside.items()}}


def _pyproject(package: Package, requests: Requests, http: str) -> str:
    signing = any(_signs(named.scheme) for named in package.connector.auth)
    return (
        environment()
        .get_template("pyproject.toml.jinja")
        .render(
            name=package.name.replace("_", "-"),
            package=package.name,
            version=requests.version or "0.1.0",
            description=_toml(package.doc.summary),
            dependencies=[_HTTP[http], *_REQUIREMENTS, *([_SIGNING] if signing else [])],
        )
    )


def _signs(scheme: Scheme) -> bool:
    """Whether a scheme signs tokens."""
    if isinstance(scheme, AllOf):
        return any(map(_signs, scheme.of))
    return type(scheme).__name__ == "Jwt" or getattr(scheme, "assertion", None) is not None


def _toml(text: str) -> str:
    return json.dumps(visible(" ".join(text.split())), ensure_ascii=False)


def _readme(package: Package, requests: Requests) -> str:
    return (
        environment()
        .get_template("readme.md.jinja")
        .render(
            package=package,
            title=_markdown(requests.title),
            about=[_markdown(text) for text in (package.doc.summary, *package.doc.body)],
            credentials=[
                (
                    credential.name,
                    credential.env["live"],
                    _markdown(requests.credentials[credential.name]),
                )
                for credential in package.connector.credentials
            ],
            example=next((m for m in package.methods if not _required(m)), None),
            calls=[(_signature(m), _wire(m), _markdown(m.doc.summary)) for m in package.methods],
        )
    )


def _signature(method: Method) -> str:
    required = [p.name if p.positional else f"{p.name}=" for p in _required(method)]
    more = ["…"] if len(required) < len(method.parameters) else []
    return f"{method.name}({', '.join([*required, *more])})"


def _required(method: Method) -> list[Parameter]:
    return [p for p in method.parameters if not p.has_default]


def _wire(method: Method) -> str:
    path = visible(method.call.path or "/").replace("`", "'").replace("|", "\\|")
    return f"{method.call.method} {path}"


def _markdown(text: str) -> str:
    return _MARKUP.sub(r"\\\1", visible(" ".join(text.split())))
