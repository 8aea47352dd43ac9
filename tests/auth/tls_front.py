"""TLS in front of a server on this machine, for those only who show a certificate of its authority."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme


@dataclass
class Front:
    """``seen``: who came, one name for each connection. The files are of a client that is let in, and of a stranger."""

    port: int
    folder: Path
    seen: list[str] = field(default_factory=list)

    def material(self, owner: str = "ada") -> dict[str, str]:
        """The credentials of ``ada`` or of the ``stranger``, as paths."""
        return {
            "certificate": str(self.folder / f"{owner}.pem"),
            "private_key": str(self.folder / f"{owner}.key"),
            "ca": str(self.folder / "ca.pem"),
        }


@contextmanager
def demanding(behind: int, folder: Path) -> Iterator[Front]:
    """Forwards to the port ``behind`` until the block ends; certificates are written into ``folder``."""
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name, issuer in (("ada", authority), ("stranger", other)):
        made = issuer.issue_cert(f"{name}@library.example")
        made.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        made.private_key_pem.write_to_path(folder / f"{name}.key")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    front = Front(0, folder)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    done = asyncio.Event()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        front.seen.append(str(writer.get_extra_info("peercert")))
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", behind)
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))

    async def main() -> None:
        server = await asyncio.start_server(forward, "127.0.0.1", 0, ssl=tls)
        front.port = server.sockets[0].getsockname()[1]
        ready.set()
        await done.wait()
        server.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    ready.wait(10)
    try:
        yield front
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()
