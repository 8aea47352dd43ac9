"""What Acme and its calls are, as data: the encoder, the client and the checks of arguments all read it."""

from __future__ import annotations

from .._runtime.definition import (
    ApiKey,
    Body,
    Call,
    Connector,
    Const,
    Credential,
    Environment,
    Errors,
    NamedScheme,
    Param,
    Place,
    Response,
    Retry,
    Send,
    Shared,
    Variable,
)

CONNECTOR = Connector(
    name="acme",
    prefix="ACME_",
    environments=(
        Environment("live", "https://${region}.acme.example/v1"),
        Environment("development", "http://127.0.0.1:8000/v1"),
    ),
    variables=(
        Variable(
            Param("region", "region", default="eu", pattern="^(?:[a-z]{2})$"),
            {"live": "ACME_REGION", "development": "ACME_DEVELOPMENT_REGION"},
        ),
    ),
    credentials=(
        Credential("api_key", {"live": "ACME_API_KEY", "development": "ACME_DEVELOPMENT_API_KEY"}),
    ),
    auth=(NamedScheme("default", ApiKey(Send("header", "X-Api-Key")), required=("api_key",)),),
    shared=Shared(query=(Param("lang", "lang", enum=("en", "de"), default="en", shared=True),)),
    errors=Errors(
        message_path=("$.error.message",),
        code_path=("$.error.code",),
        request_id_path=("header.x-request-id",),
        raises={"402": "CardError"},
    ),
)

LIST_CUSTOMERS = Call(
    "list_customers",
    "GET",
    "/customers",
    data=True,
    query=(
        Param("limit", "limit", "integer", minimum=1, maximum=100),
        Param("created_after", "created_after", "datetime"),
        Param("tags[]", "tags", "array", items=Param("", "")),
        Param("lang", "lang", enum=("en", "de"), default="en", shared=True),
    ),
    headers=(Const("Accept", "application/json"),),
)

GET_CUSTOMER = Call(
    "get_customer",
    "GET",
    "/customers/{customer_id}",
    data=True,
    path_params=(Param("customer_id", "customer_id", required=True),),
    query=(Param("lang", "lang", enum=("en", "de"), default="en", shared=True),),
)

CREATE_CUSTOMER = Call(
    "create_customer",
    "POST",
    "/customers",
    data=False,
    body=Body(
        fields=(
            Param("name", "name", required=True, max_length=200),
            Param("nickname", "nickname", nullable=True),
            Param(
                "address",
                "address",
                "object",
                fields=(Param("street", "street", required=True), Param("zipCode", "zip_code")),
            ),
            Place("limits", (Param("credit", "credit", "decimal"), Const("currency", "EUR"))),
        )
    ),
    retry=Retry(idempotency_header="Idempotency-Key"),
)

DELETE_CUSTOMER = Call(
    "delete_customer",
    "DELETE",
    "/customers/{customer_id}",
    data=False,
    path_params=(Param("customer_id", "customer_id", required=True),),
    response=Response("empty"),
)

CUSTOMER_EXISTS = Call(
    "customer_exists",
    "HEAD",
    "/customers/{customer_id}",
    data=True,
    path_params=(Param("customer_id", "customer_id", required=True),),
    responses={200: Response("empty", value=True), 404: Response("empty", value=False)},
)

PING = Call("ping", "GET", "/ping", data=True, auth="none", response=Response("text"))
