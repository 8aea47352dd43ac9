"""The digest of a capture covers what is sent, and nothing that changes by itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from callwright.captures.digest import call_digest, sample_digest
from callwright.captures.read import read_captures
from callwright.diagnostics import Severity
from callwright.ir.nodes import ConstantValue, FromEnv, FromSample, Request, Requests, Sample
from callwright.runtime.definition import Body, Call, Const, Param, Place

CALL = Call(
    name="create",
    method="POST",
    path="/teams/{team}/members",
    data=False,
    path_params=(Param("team", "team", "integer", required=True),),
    query=(Const("v", "${version}"), Param("verbose", "verbose", "boolean")),
    headers=(Param("X-Pin", "pin", secret=True), Param("X-Id", "request_id", auto="uuid4")),
    body=Body(fields=(Place("who", (Param("email", "email", required=True, pattern=".+@.+"),)),)),
)
ARGS = {"team": 7, "email": "a@b.c"}


def test_equal_requests_have_equal_digests() -> None:
    assert call_digest(CALL, ARGS) == call_digest(dataclasses.replace(CALL), dict(ARGS))
    assert call_digest(CALL, ARGS).startswith("sha256:")


def test_what_is_sent_counts() -> None:
    digests = {
        call_digest(CALL, ARGS),
        call_digest(CALL, {**ARGS, "team": 8}),
        call_digest(CALL, {**ARGS, "email": "x@y.z"}),
        call_digest(CALL, {**ARGS, "verbose": True}),
        call_digest(dataclasses.replace(CALL, method="PUT"), ARGS),
        call_digest(dataclasses.replace(CALL, path="/team/{team}"), ARGS),
        call_digest(dataclasses.replace(CALL, query=()), ARGS),
        call_digest(dataclasses.replace(CALL, auth="none"), ARGS),
    }
    assert len(digests) == 8


def test_hosts_and_secrets_do_not_count() -> None:
    elsewhere = dataclasses.replace(
        CALL, base_url="https://x.io", base_urls={"development": "https://y.io"}
    )
    assert call_digest(elsewhere, ARGS) == call_digest(CALL, ARGS)
    assert call_digest(CALL, {**ARGS, "pin": "1"}) == call_digest(CALL, {**ARGS, "pin": "2"})


def test_volatile_values_count_by_where_they_come_from() -> None:
    def sample(output: str) -> Sample:
        values = {
            "team": FromSample(call="teams", sample="one", output=output),
            "email": FromEnv(variable="MAIL"),
        }
        return Sample(name="x", args=values, outputs={})

    assert sample_digest(CALL, sample("id")) == sample_digest(CALL, sample("id"))
    assert sample_digest(CALL, sample("id")) != sample_digest(CALL, sample("other"))


def test_a_sample_that_the_call_refuses_still_has_a_digest() -> None:
    bad = {"team": "seven", "email": "nobody", "unknown": 1}
    assert call_digest(CALL, bad) == call_digest(CALL, bad)
    assert call_digest(CALL, bad) != call_digest(CALL, {**bad, "email": "x"})
    assert call_digest(CALL, {"team": ""}) == call_digest(CALL, {"team": ""})


def test_a_changed_call_makes_its_captures_stale(folder: Path, requests: Requests) -> None:
    sample = Sample(name="example", args={"email": ConstantValue(value="a@b.c")}, outputs={})
    request: Request = dataclasses.replace(requests.calls[1], call=CALL, samples=(sample,))
    requests = dataclasses.replace(requests, calls=(request,))
    (folder / "create").mkdir()
    (folder / "create" / "example.200.json").write_text("{}")
    meta = folder / "create" / "example.200.meta.yaml"
    meta.write_text(f"call_digest: {sample_digest(CALL, sample)}\n")
    assert read_captures(folder, folder.parents[2], requests)[1] == ()
    meta.write_text("call_digest: sha256:0\n")
    captures, (found,) = read_captures(folder, folder.parents[2], requests)
    assert len(captures) == 1
    assert (found.code, found.severity) == ("stale-capture", Severity.WARNING)
    assert found.hint == "callwright initialize acme.create.example"
