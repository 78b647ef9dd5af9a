"""Messages for socket errors that say what to do."""

from __future__ import annotations

import errno
import socket

from lookout.wire.errors import ConnectionLost

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
_FORBIDDEN = {errno.EACCES, errno.EPERM}
_ENDED = {errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN, errno.EBADF, errno.ESHUTDOWN}


def place(host: str, port: int) -> str:
    """An address as people write it: 192.168.1.20:8002, [fe80::1]:8002."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why_unreachable(error: OSError, host: str, port: int, timeout_s: float) -> ConnectionLost:
    """The reason why no connection could be made."""
    server = place(host, port)
    if isinstance(error, socket.gaierror):
        return ConnectionLost(
            f"the name {host} cannot be resolved: check its spelling, or give the server's IP "
            "address"
        )
    if isinstance(error, TimeoutError):
        return ConnectionLost(
            f"{server} did not answer within {timeout_s:g} s: check that the machine is on, that "
            f"this is its address, and that no firewall blocks port {port}"
        )
    if isinstance(error, ConnectionRefusedError):
        return ConnectionLost(
            f"nothing listens at {server}: is the server running? Start it there with: "
            "lookout server --host 0.0.0.0"
        )
    if error.errno in _NO_ROUTE:
        return ConnectionLost(
            f"there is no route to {host}: check this machine's cable or Wi-Fi and the address"
        )
    if error.errno in _FORBIDDEN:
        return ConnectionLost(f"this machine's firewall forbids connections to {server}")
    return ConnectionLost(f"cannot connect to {server}: {error.strerror or error}")


def why_lost(error: OSError, server: str) -> ConnectionLost:
    """The reason why an open connection ended."""
    if isinstance(error, TimeoutError):
        return ConnectionLost(f"{server} stopped answering")
    if error.errno in _ENDED:
        return ConnectionLost(f"the connection to {server} was closed")
    return ConnectionLost(f"the connection to {server} broke: {error.strerror or error}")
