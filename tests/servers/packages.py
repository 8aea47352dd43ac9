"""What each server is installed from, with the versions the tests were written against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pip:
    """Distributions installed into a virtual environment of their own."""

    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Npm:
    """npm packages installed into one node_modules folder."""

    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Debian:
    """Debian packages unpacked into a folder, with the shared libraries the machine lacks."""

    packages: tuple[str, ...]


Source = Pip | Npm | Debian

SOURCES: dict[str, Source] = {
    "httpbin": Pip(("httpbin==0.10.4", "gunicorn==27.0.1")),
    "datasette": Pip(("datasette==0.65.5", "setuptools<81")),
    "kinto": Pip(("kinto==26.5.0", "waitress==3.0.2", "setuptools<81")),
    "jupyter": Pip(("jupyter-server==2.21.1",)),
    "synapse": Pip(("matrix-synapse==1.163.2",)),
    "oidc": Npm(("oidc-provider@9.13.3",)),
    "syncthing": Debian(("syncthing",)),
    "influxdb": Debian(("influxdb",)),
    "pdns": Debian(("pdns-server", "pdns-backend-sqlite3")),
    "glewlwyd": Debian(("glewlwyd", "glewlwyd-common")),
    "etcd": Debian(("etcd-server",)),
    "prometheus": Debian(("prometheus",)),
}
"""By the name of the server. Servers that are not here need nothing but the project itself."""
