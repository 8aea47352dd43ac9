"""The one place that names the HTTP library; a project setting changes this line and nothing else."""

import httpx as httpx

from .versions import require

require(httpx.__name__, httpx.__version__)

__all__ = ["httpx"]
