"""Names of classes that the modules of a generated package use themselves."""

from __future__ import annotations

_ANNOTATIONS = frozenset(
    {"Any", "Decimal", "JsonValue", "Literal", "Mapping", "SecretStr", "Sequence", "UUID"}
)

MODELS = frozenset(
    {"Annotated", "Any", "Base64", "BaseModel", "BeforeValidator", "Callable", "ClassVar", "ConfigDict", "ContextVar",
     "Decimal", "DecimalNumber", "Discriminator", "Field", "GetCoreSchemaHandler", "JsonText", "Literal", "Mapping",
     "Model", "PlainSerializer", "RootModel", "Tag", "TagChoice", "TypeAlias", "UUID", "UnixMillis", "UnixSeconds", "UtcDatetime"}
)  # fmt: skip
"""The models', and those of their bases where models stand alone."""

TYPES = _ANNOTATIONS | {"AsyncFileInput", "FileInput", "NotRequired", "TypeAlias", "TypedDict"}
"""Those of types.py."""

CLIENT = _ANNOTATIONS | {
    "AsyncClient", "AsyncCredential", "AsyncEventStream", "AsyncFileInput", "AsyncPages", "Client", "Credential", "Drift", "EventStream", "FileInput", "FileTokenStore", "Hooks",
    "KeyringTokenStore", "Page", "Pages",
    "MemoryTokenStore", "OnDrift", "RawResponse", "Retry", "SchemaDriftWarning", "Self", "Timeout", "Token", "TokenStore",
    "UNSET", "Unset", "Upload",
}  # fmt: skip
"""Those of client.py, of errors.py and of the package, errors aside."""
