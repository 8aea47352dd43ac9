"""Synchronous and asynchronous clients for Acme."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from .._runtime.client import AsyncClient, Client
from .._runtime.config import AsyncCredential, Credential, OnDrift
from .._runtime.definition import Retry, Timeout
from .._runtime.http import httpx
from .._runtime.lazy import lazy
from .._runtime.unset import UNSET, Unset
from . import _calls, errors, types

if TYPE_CHECKING:
    from . import models
else:
    models = lazy(__package__, ".models")


class Acme(Client):
    """Acme API (https://acme.example/docs).

    Args:
        api_key: Sent as `X-Api-Key`. Defaults to the environment variable ACME_API_KEY.
        region: Where the account lives. Defaults to the environment variable ACME_REGION.
        lang: Language of messages. Default for every call.
        environment: The environment to call. Defaults to ACME_ENVIRONMENT, then live.
        base_url: Base URL to use instead of the environment's.
        timeout: Timeout in seconds, or a `Timeout` per phase. None disables it.
        retry: Retry policy. Defaults to the spec's.
        http_client: Your own HTTPX client, used instead of a new connection pool. You close it.
        transport: Custom transport, e.g. `httpx.MockTransport` in tests.
        on_drift: What to do when a response does not match its model: "warn", "raise", "ignore", or a callable.

    Raises:
        MissingCredentialError: No key was given and the variable is not set.
        ArgumentError: The region is not two letters.
    """

    def __init__(
        self,
        *,
        api_key: Credential | None = None,
        region: str | None = None,
        lang: types.Lang | None = None,
        environment: Literal["live", "development"] | None = None,
        base_url: str | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
        http_client: httpx.Client | None = None,
        transport: httpx.BaseTransport | None = None,
        on_drift: OnDrift = "warn",
    ) -> None:
        super().__init__(
            _calls.CONNECTOR,
            credentials={"api_key": api_key},
            variables={"region": region},
            shared={"lang": lang},
            environment=environment,
            base_url=base_url,
            timeout=timeout,
            retry=retry,
            http_client=http_client,
            transport=transport,
            on_drift=on_drift,
            errors=errors.CLASSES,
        )

    def with_options(
        self,
        *,
        api_key: Credential | None = None,
        region: str | None = None,
        lang: types.Lang | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
    ) -> Self:
        """A light copy with other options that shares the connection pool; what is not given stays as it is."""
        return self._copy(
            credentials={"api_key": api_key},
            variables={"region": region},
            shared={"lang": lang},
            headers=headers,
            timeout=timeout,
            retry=retry,
        )

    def list_customers(
        self,
        *,
        limit: int | None = None,
        created_after: datetime.datetime | None = None,
        tags: Sequence[str] | None = None,
        lang: types.Lang | Unset | None = UNSET,
    ) -> models.CustomerList:
        """Customers, newest first.

        `GET /customers` · data

        Args:
            limit: At most so many, 1 to 100.
            created_after: Only customers created later.
            tags: Only customers with all of these tags.
            lang: Language of messages.
        """
        return self._call(
            _calls.LIST_CUSTOMERS,
            {"limit": limit, "created_after": created_after, "tags": tags, "lang": lang},
            returns=models.CustomerList,
        )

    def get_customer(
        self, customer_id: str, *, lang: types.Lang | Unset | None = UNSET
    ) -> models.Customer:
        """One customer.

        `GET /customers/{customer_id}` · data

        Args:
            customer_id: As in `Customer.id`.
            lang: Language of messages.

        Raises:
            NotFoundError: 404, as captured in `unknown`.
        """
        return self._call(
            _calls.GET_CUSTOMER,
            {"customer_id": customer_id, "lang": lang},
            returns=models.Customer,
        )

    def create_customer(
        self,
        *,
        name: str,
        nickname: str | Unset | None = UNSET,
        address: types.Address | None = None,
        credit: Decimal | int | str | None = None,
    ) -> models.Customer:
        """Create a customer.

        `POST /customers` · action: never repeated blindly

        Args:
            name: Full name, up to 200 characters.
            nickname: None stores null, leaving it out stores nothing.
            address: Where invoices go.
            credit: Credit limit, in EUR.

        Raises:
            CardError: 402, as captured in `declined`.
        """
        return self._call(
            _calls.CREATE_CUSTOMER,
            {"name": name, "nickname": nickname, "address": address, "credit": credit},
            returns=models.Customer,
        )

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer.

        `DELETE /customers/{customer_id}` · action: never repeated blindly

        Args:
            customer_id: As in `Customer.id`.
        """
        return self._call(_calls.DELETE_CUSTOMER, {"customer_id": customer_id}, returns=None)

    def customer_exists(self, customer_id: str) -> bool:
        """Whether there is such a customer.

        `HEAD /customers/{customer_id}` · data

        Args:
            customer_id: As in `Customer.id`.
        """
        return self._call(_calls.CUSTOMER_EXISTS, {"customer_id": customer_id}, returns=bool)

    def ping(self) -> str:
        """Whether Acme is up; sends no credentials.

        `GET /ping` · data
        """
        return self._call(_calls.PING, {}, returns=str)


class AsyncAcme(AsyncClient):
    """Acme API (https://acme.example/docs), asynchronous.

    Args:
        api_key: Sent as `X-Api-Key`. Defaults to the environment variable ACME_API_KEY.
        region: Where the account lives. Defaults to the environment variable ACME_REGION.
        lang: Language of messages. Default for every call.
        environment: The environment to call. Defaults to ACME_ENVIRONMENT, then live.
        base_url: Base URL to use instead of the environment's.
        timeout: Timeout in seconds, or a `Timeout` per phase. None disables it.
        retry: Retry policy. Defaults to the spec's.
        http_client: Your own HTTPX client, used instead of a new connection pool. You close it.
        transport: Custom transport, e.g. `httpx.MockTransport` in tests.
        on_drift: What to do when a response does not match its model: "warn", "raise", "ignore", or a callable.

    Raises:
        MissingCredentialError: No key was given and the variable is not set.
        ArgumentError: The region is not two letters.
    """

    def __init__(
        self,
        *,
        api_key: AsyncCredential | None = None,
        region: str | None = None,
        lang: types.Lang | None = None,
        environment: Literal["live", "development"] | None = None,
        base_url: str | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
        http_client: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        on_drift: OnDrift = "warn",
    ) -> None:
        super().__init__(
            _calls.CONNECTOR,
            credentials={"api_key": api_key},
            variables={"region": region},
            shared={"lang": lang},
            environment=environment,
            base_url=base_url,
            timeout=timeout,
            retry=retry,
            http_client=http_client,
            transport=transport,
            on_drift=on_drift,
            errors=errors.CLASSES,
        )

    def with_options(
        self,
        *,
        api_key: AsyncCredential | None = None,
        region: str | None = None,
        lang: types.Lang | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
    ) -> Self:
        """A light copy with other options that shares the connection pool; what is not given stays as it is."""
        return self._copy(
            credentials={"api_key": api_key},
            variables={"region": region},
            shared={"lang": lang},
            headers=headers,
            timeout=timeout,
            retry=retry,
        )

    async def list_customers(
        self,
        *,
        limit: int | None = None,
        created_after: datetime.datetime | None = None,
        tags: Sequence[str] | None = None,
        lang: types.Lang | Unset | None = UNSET,
    ) -> models.CustomerList:
        """Customers, newest first.

        `GET /customers` · data

        Args:
            limit: At most so many, 1 to 100.
            created_after: Only customers created later.
            tags: Only customers with all of these tags.
            lang: Language of messages.
        """
        return await self._call(
            _calls.LIST_CUSTOMERS,
            {"limit": limit, "created_after": created_after, "tags": tags, "lang": lang},
            returns=models.CustomerList,
        )

    async def get_customer(
        self, customer_id: str, *, lang: types.Lang | Unset | None = UNSET
    ) -> models.Customer:
        """One customer.

        `GET /customers/{customer_id}` · data

        Args:
            customer_id: As in `Customer.id`.
            lang: Language of messages.

        Raises:
            NotFoundError: 404, as captured in `unknown`.
        """
        return await self._call(
            _calls.GET_CUSTOMER,
            {"customer_id": customer_id, "lang": lang},
            returns=models.Customer,
        )

    async def create_customer(
        self,
        *,
        name: str,
        nickname: str | Unset | None = UNSET,
        address: types.Address | None = None,
        credit: Decimal | int | str | None = None,
    ) -> models.Customer:
        """Create a customer.

        `POST /customers` · action: never repeated blindly

        Args:
            name: Full name, up to 200 characters.
            nickname: None stores null, leaving it out stores nothing.
            address: Where invoices go.
            credit: Credit limit, in EUR.

        Raises:
            CardError: 402, as captured in `declined`.
        """
        return await self._call(
            _calls.CREATE_CUSTOMER,
            {"name": name, "nickname": nickname, "address": address, "credit": credit},
            returns=models.Customer,
        )

    async def delete_customer(self, customer_id: str) -> None:
        """Delete a customer.

        `DELETE /customers/{customer_id}` · action: never repeated blindly

        Args:
            customer_id: As in `Customer.id`.
        """
        return await self._call(_calls.DELETE_CUSTOMER, {"customer_id": customer_id}, returns=None)

    async def customer_exists(self, customer_id: str) -> bool:
        """Whether there is such a customer.

        `HEAD /customers/{customer_id}` · data

        Args:
            customer_id: As in `Customer.id`.
        """
        return await self._call(_calls.CUSTOMER_EXISTS, {"customer_id": customer_id}, returns=bool)

    async def ping(self) -> str:
        """Whether Acme is up; sends no credentials.

        `GET /ping` · data
        """
        return await self._call(_calls.PING, {}, returns=str)
