"""The one place that names the HTTP library; a project setting changes this line and nothing else."""

import httpx as httpx

__all__ = ["httpx"]
