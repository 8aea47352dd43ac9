from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from callwright.ir.nodes import Request, Requests, Sample
from callwright.runtime.definition import Call, Connector, Environment

MakeRequests = Callable[..., Requests]


def make_requests(*requests: Request) -> Requests:
    return Requests(
        connector=Connector(
            name="acme",
            prefix="ACME_",
            environments=(Environment("live", "http://127.0.0.1:9"),),
        ),
        package="acme",
        class_name="Acme",
        title="Acme",
        description="",
        docs_url=None,
        version=None,
        constructor=(),
        credentials={},
        calls=requests,
        types=(),
        enums=(),
        error_model=None,
        error_fields=(),
        required_after=1,
        naive_datetimes=None,
        check=None,
        lint_ignore={},
        digest="",
    )


def make_request(call: Call, *samples: Sample) -> Request:
    return Request(
        call=call,
        arguments=(),
        description="",
        docs_url=None,
        group=None,
        deprecated=None,
        hints=(),
        samples=samples,
        place="specs/acme/connector.yaml:1:1",
        digest=repr((call, samples)),
    )


def make_sample(name: str, **args: object) -> Sample:
    from callwright.ir.nodes import ConstantValue

    return Sample(
        name=name, args={key: ConstantValue(value=value) for key, value in args.items()}, outputs={}
    )


@pytest.fixture
def requests() -> Requests:
    return make_requests(
        make_request(
            Call(name="list_things", method="GET", path="/things", data=True),
            make_sample("example"),
            make_sample("two_pages"),
        ),
        make_request(
            Call(name="get_thing", method="GET", path="/thing", data=True), make_sample("example")
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "specs" / "acme" / "captures"
    folder.mkdir(parents=True)
    return folder
