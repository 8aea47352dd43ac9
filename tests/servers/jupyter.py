"""A Jupyter server: its token in an Authorization header or in the URL, contents to read and write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.install import ensure
from tests.servers.process import Server, launched

TOKEN = "jupyter-token-0c6f3d9e"

NOTEBOOK: dict[str, object] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": "# Shelves"},
        {
            "cell_type": "code",
            "id": "count",
            "metadata": {},
            "source": "6 * 7",
            "execution_count": 1,
            "outputs": [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": "42"},
                }
            ],
        },
    ],
}


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it over a folder with a text, a notebook and a folder with one more text."""
    python = ensure("jupyter") / "bin" / "python"

    def command(folder: Path, port: int) -> list[str | Path]:
        files = folder / "files"
        (files / "pictures").mkdir(parents=True)
        (files / "pictures" / "plan.txt").write_text("Three shelves a wall.\n")
        (files / "readme.txt").write_text("Forty-two shelves.\n")
        (files / "shelves.ipynb").write_text(json.dumps(NOTEBOOK))
        return [
            python,
            "-m",
            "jupyter_server",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={files}",
            f"--IdentityProvider.token={TOKEN}",
        ]

    env = {"JUPYTER_PLATFORM_DIRS": "1"}
    with launched(command, port=port, ready="/api", env=env) as running:
        yield running.server("jupyter", credentials={"token": TOKEN})
