"""Clients that answer from the captures of their package: no network, no credentials, no environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, TypeVar

from ..auth.static import NoCredentials
from ..client import AsyncClient, Client
from ..config import Login, Settings
from ..definition import Call, Connector, Param, Retry
from ..errors import StatusError
from ..unset import UNSET
from .pool import AsyncRecordedPool, RecordedPool
from .store import store_of

C = TypeVar("C", bound="Client | AsyncClient")
PLACEHOLDER = "recorded"
"""Stands for every credential, and for variables without a default."""


def recorded(
    kind: type[C],
    package: str,
    *,
    connector: Connector,
    calls: Mapping[str, Call],
    errors: Mapping[str, type[StatusError]],
    samples: Mapping[str, str | None],
) -> C:
    """A client of this class that answers from the captures of ``package``.

    Raises NoRecordedResponseError when the package has none.
    """
    pool = RecordedPool(store_of(package), calls, samples)
    client: Any = object.__new__(kind)
    client._configure(_settings(connector, errors))
    client._pool = pool if issubclass(kind, Client) else AsyncRecordedPool(pool)
    made: C = client
    return made


def calls_in(module: ModuleType) -> dict[str, Call]:
    """The call definitions of a package's ``_calls``, by name."""
    values: list[object] = list(vars(module).values())
    return {value.name: value for value in values if isinstance(value, Call)}


def _settings(connector: Connector, errors: Mapping[str, type[StatusError]]) -> Settings:
    environment = connector.environments[0]
    base_url = environment.base_url
    settings = Settings(
        connector,
        environment,
        "https://recorded.example" if not base_url or "${" in base_url else None,
        values=_values(connector),
        shared={},
        credentials={credential.name: PLACEHOLDER for credential in connector.credentials},
        timeout=None,
        retry=Retry(attempts=1),
        on_drift="warn",
        errors=errors,
    )
    for named in connector.auth:
        # nothing is authenticated: captures answer whoever asks
        login = Login(NoCredentials(), settings.context_for("none"))
        settings.logins[named.name] = login
    return settings


def _values(connector: Connector) -> dict[str, str]:
    values: dict[str, str] = {}
    for variable in connector.variables:
        param = variable.param
        default = connector.environments[0].variables.get(param.wire, param.default)
        values[param.wire] = _placeholder(param) if default is UNSET else str(default)
    return values


def _placeholder(param: Param) -> str:
    if param.enum:
        return str(param.enum[0])
    return "1" if param.type in ("integer", "number") else PLACEHOLDER


def fixtures(package: str, makers: Mapping[str, Callable[[], Any]]) -> Callable[[str], Any]:
    """A module's ``__getattr__``: its pytest fixtures, made when one is imported, so that pytest is needed only then."""

    def get(name: str) -> Any:
        if name not in makers:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        import importlib

        pytest: Any = importlib.import_module("pytest")
        make = makers[name]

        def fixture() -> Iterator[Any]:
            yield make()

        return pytest.fixture(name=name)(fixture)

    return get
