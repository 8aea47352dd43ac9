"""Syncthing that talks to nobody: the key in X-API-Key, a configuration to read and change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from tests.servers.install import ensure
from tests.servers.process import Server, launched, run

API_KEY = "syncthing-key-7d0b41c2"
QUIET = {
    "listenAddress": "tcp://127.0.0.1:0",
    "globalAnnounceEnabled": "false",
    "localAnnounceEnabled": "false",
    "relaysEnabled": "false",
    "natEnabled": "false",
    "startBrowser": "false",
    "urAccepted": "-1",
    "urSeen": "3",
    "crashReportingEnabled": "false",
    "autoUpgradeIntervalH": "0",
    "announceLANAddresses": "false",
    "stunKeepaliveStartS": "0",
}


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it with one shared folder, `photos`; the answers name it by `~/photos`."""
    program = ensure("syncthing") / "root" / "usr" / "bin" / "syncthing"
    env = {"STNOUPGRADE": "1", "STNODEFAULTFOLDER": "1"}

    def command(folder: Path, port: int) -> list[str | Path]:
        home = folder / "config"
        run([program, "generate", f"--home={home}", "--skip-port-probing"], folder, env)
        (folder / "photos").mkdir()
        (folder / "photos" / "lake.txt").write_text("a picture of a lake\n")
        _configure(home / "config.xml", port)
        return [program, "serve", f"--home={home}", "--no-browser", "--no-restart"]

    with launched(command, port=port, ready="/rest/noauth/health", env=env) as running:
        yield running.server(
            "syncthing",
            credentials={"api_key": API_KEY},
        )


def _configure(path: Path, port: int) -> None:
    """Set the key and the port, turn off all that leaves the machine, and share one folder."""
    tree = ElementTree.parse(path)
    gui = _child(tree.getroot(), "gui")
    _child(gui, "address").text = f"127.0.0.1:{port}"
    _child(gui, "apikey").text = API_KEY
    options = _child(tree.getroot(), "options")
    for name, value in QUIET.items():
        for element in options.findall(name) or [ElementTree.SubElement(options, name)]:
            element.text = value
    device = _child(tree.getroot(), "device").get("id", "")
    shared = ElementTree.SubElement(tree.getroot(), "folder")
    shared.attrib.update(id="photos", label="Photos", path="~/photos", type="sendreceive")
    ElementTree.SubElement(shared, "device", id=device)
    ElementTree.SubElement(shared, "filesystemType").text = "basic"
    text = ElementTree.tostring(tree.getroot(), encoding="unicode")
    path.write_text(re.sub(r' name="[^"]*"( compression)', r' name="library"\1', text, count=1))


def _child(parent: ElementTree.Element, name: str) -> ElementTree.Element:
    found = parent.find(name)
    return ElementTree.SubElement(parent, name) if found is None else found
