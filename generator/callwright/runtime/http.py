"""The one place that names the HTTP library; a project setting changes this line and nothing else."""

import httpx as httpx

from .versions import require

require(httpx.__name__, httpx.__version__)

LOGGERS = (httpx.__name__, f"httpcore{httpx.__name__.removeprefix('httpx')}.http11")
"""The loggers of the library, and of the one below it: their lines show requests and responses."""

__all__ = ["LOGGERS", "httpx"]
