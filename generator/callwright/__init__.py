"""Callwright: strictly typed API clients, generated from connector specs and the responses really received."""

from __future__ import annotations

__version__ = "0.1.0"
