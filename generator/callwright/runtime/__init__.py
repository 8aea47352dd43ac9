"""What every generated client runs on. It needs httpx (0.27 or newer) and pydantic (2.11 or newer).

A call, from its arguments to its result:

- ``client``: the base classes of the clients; ``config`` and ``options``: their settings; ``credentials``
- ``definition``: connectors and calls as data, as a package's ``_calls`` has them
- ``request/``: arguments to the bytes of a request
- ``auth/``: authentication schemes, tokens and their stores; ``sign_in``: signing end users in
- ``core``: a call's steps and retries; ``wait``: how long before a retry; ``flow`` and ``locks`` perform them, with and
  without asyncio
- ``sending/``: the HTTP library (named in ``http`` alone), proxies, redirects, limits
- ``redaction/``: secrets in whatever is shown; ``frames``: in tracebacks
- ``response`` and ``reading/``: a response to its value; ``errors``; ``raw``; ``pages`` and ``paging``: lists in pages
- ``streaming/``: events of a response while it arrives; ``files`` and ``download``: uploads, downloads
- ``recorded/``: clients that answer from captures, for tests
- ``model`` and ``fields``: the base of models, and the types of their fields
"""

VERSION = "0.1.0"
"""The version of Callwright that this runtime is from."""
