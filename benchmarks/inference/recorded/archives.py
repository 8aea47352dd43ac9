"""The archives that recordings are read from, and how they are downloaded."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """An archive: the API that was recorded, where the archive is from, and its name and version there."""

    api: str
    origin: str
    package: str
    version: str
    part: Callable[[Path], str | None] | None = None
    """For an archive with recordings of many APIs: the API of a file; None for a file to leave out."""
    within: str = "/"
    """For recordings that hold other APIs too: where the paths of this one begin."""


def _provider(file: Path) -> str | None:
    # cassettes/PROVIDER/[VARIANT-]IntegrationTests/test.yaml; "auto" repeats what is recorded of OVH
    provider = file.parts[file.parts.index("cassettes") + 1]
    return None if provider == "auto" else provider


KNOWN = (
    Source("pygithub", "pip", "PyGithub", "2.10.0"),
    Source("github3", "pip", "github3.py", "4.0.1"),
    Source("reddit", "pip", "praw", "8.0.3"),
)
UNTOUCHED = (
    Source("mastodon", "pip", "Mastodon.py", "2.3.3"),
    Source("datadog", "pip", "datadog", "0.56.0"),
    Source("gitlab", "pip", "gitlabracadabra", "2.8.1", within="/api/v4/"),
    Source("openai", "pip", "opentelemetry-instrumentation-openai-v2", "2.4b0"),
    Source("twitter", "apt", "tweepy", "4.12.1-3"),
    Source("twitter", "apt", "r-cran-rtweet", "2.0.0+dfsg-1"),
    Source("fastly", "apt", "golang-github-sethvargo-go-fastly", "1.2.1+git20190805.5c6c8bd-3"),
    Source("scaleway", "apt", "golang-github-scaleway-scaleway-sdk-go", "1.0.0~beta32-1"),
    Source("itis", "apt", "r-cran-ritis", "1.0.0-1"),
    Source("worms", "apt", "r-cran-worrms", "0.4.3+dfsg-1"),
    Source("dns", "apt", "lexicon", "3.21.1-3", _provider),
)


def unpacked(source: Source, folder: Path) -> Path:
    """Download an archive into a new folder inside the given one, unpacked."""
    target = folder / source.package
    target.mkdir()
    if source.origin == "pip":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        requirement = f"{source.package}=={source.version}"
        command += ["--no-binary", source.package, "--dest", str(target), requirement]
    else:
        command = ["apt-get", "source", "-qq", "--tar-only", "--download-only"]
        command.append(f"{source.package}={source.version}")
    subprocess.run(command, check=True, cwd=target)
    with tarfile.open(next(target.glob("*.tar.*"))) as archive:
        archive.extractall(target, filter="data")
    return target
