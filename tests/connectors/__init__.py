"""The committed clients of `generated/` against the real servers of `tests/servers`."""
