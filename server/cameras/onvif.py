"""ONVIF: which cameras there are in the network, and where their streams are.

The envelopes and answers are `onveef`'s (extra `onvif`), which also corrects for the camera's clock
and for the wrong host that a camera behind a router tells. The sending is ours: by the interface
that was chosen, to addresses typed by hand as well, and each camera counts by its address, because
some makers give all of theirs the same name.
"""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
import time
import urllib.parse
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookout.server.cameras.address import split_login
from lookout.server.cameras.faults import CameraFault, Fault

PORT, GROUP = 3702, "239.255.255.250"
WAIT_S = 3.0
PROBES = 3
"""Sent over the whole time: datagrams get lost."""
MOST_FOUND = 256
MOST_ADDRESSES = 64
ANSWER_S = 5.0
_SIOCGIFADDR = 0x8915  # the ioctl of Linux for the address of an interface


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that has answered. service: the URL by which its streams are asked for."""

    host: str
    service: str
    name: str = ""
    hardware: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Where it was looked: an interface of this machine or an address. answers: how many came.
    error: why nothing could be sent."""

    where: str
    answers: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, and what was tried."""

    found: tuple[FoundCamera, ...]
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class StreamAddresses:
    """The largest stream of a camera, and the one that suits the search; empty where there is one
    alone. The addresses hold no login."""

    main: str
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of this machine."""

    name: str
    address: str


def interfaces() -> tuple[Interface, ...]:
    """Every interface that has an IPv4 address."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                request = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # it has no IPv4 address
            found.append(Interface(name, socket.inet_ntoa(answer[20:24])))
    return tuple(found)


def discover(
    chosen: Sequence[str] = (),
    addresses: Sequence[str] = (),
    *,
    wait_s: float = WAIT_S,
    port: int = PORT,
) -> Discovery:
    """Asks who is there. chosen: interfaces by name or address; all but the loopback one where
    neither these nor addresses are given. addresses: hosts that are asked directly, for other
    networks and for containers, which no multicast leaves. Raises CameraFault without `onveef`."""
    try:
        from onveef.wsdiscovery import build_probe, parse_probe_matches
    except ModuleNotFoundError as error:
        raise CameraFault(Fault.ONVIF_NOT_INSTALLED) from error

    def probes() -> list[bytes]:
        ids = (f"urn:uuid:{uuid.uuid4()}" for _ in range(PROBES))
        return [build_probe(message_id=one).encode() for one in ids]

    found: dict[str, FoundCamera] = {}
    tried = []
    for where, bind, target in _targets(chosen, addresses):
        try:
            answers = _asked(bind, (target, port), probes(), wait_s)
        except OSError as error:
            tried.append(Tried(where, error=error.strerror or "it cannot be sent there"))
            continue
        hosts = set()
        for answer, sender in answers:
            for match in parse_probe_matches(answer.decode("utf-8", "replace")):
                camera = _found(match.xaddrs, sender, match.name, match.hardware)
                hosts.add(camera.host)
                if len(found) < MOST_FOUND:
                    found.setdefault(camera.service, camera)
        tried.append(Tried(where, len(hosts)))
    return Discovery(tuple(found.values()), tuple(tried))


def stream_addresses(
    service: str, user: str = "", password: str = "", *, answer_s: float = ANSWER_S
) -> StreamAddresses:
    """The streams of a camera. service: its URL, or only its host. Raises CameraFault."""
    try:
        from onveef import OnvifClient
        from onveef.exceptions import (
            OnvifAuthError,
            OnvifError,
            OnvifTimeoutError,
            OnvifTransportError,
        )
    except ModuleNotFoundError as error:
        raise CameraFault(Fault.ONVIF_NOT_INSTALLED) from error
    login = split_login(service)
    try:
        with OnvifClient(
            login.address,
            username=user or login.user,
            password=password or login.password,
            timeout_s=answer_s,
            verify_tls=False,  # cameras sign their own
        ) as client:
            client.get_device_information()  # says outright when the password is wrong
            profiles = sorted(client.get_profiles(), key=_pixels, reverse=True)
            uris = [client.get_stream_uri(profile_token=each["token"]) for each in profiles[:4]]
    except OnvifAuthError:
        raise CameraFault(Fault.WRONG_PASSWORD) from None
    except (OnvifTransportError, OnvifTimeoutError):
        raise CameraFault(Fault.UNREACHABLE) from None
    except (OnvifError, OSError, ValueError, KeyError):
        raise CameraFault(Fault.NO_ONVIF) from None
    found = list(dict.fromkeys(split_login(uri).address for uri in uris if "://" in uri))
    if not found:
        raise CameraFault(Fault.NO_VIDEO)
    return StreamAddresses(found[0], found[1] if len(found) > 1 else "")


def _pixels(profile: Mapping[str, Any]) -> int:
    """The pixels of a profile's picture; 0 where the camera does not tell."""
    encoder = profile.get("video_encoder")
    size: Mapping[str, Any] = encoder if isinstance(encoder, dict) else profile
    return int(size.get("width") or 0) * int(size.get("height") or 0)


def _targets(chosen: Sequence[str], addresses: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    """Where it is looked, the address to send from, and the one to send to."""
    there = interfaces()
    if chosen:
        for wish in chosen:
            match = next((one for one in there if wish in (one.name, one.address)), None)
            bind = wish if match is None else match.address
            yield (wish if match is None else f"{match.name} ({match.address})", bind, GROUP)
    elif not addresses:
        for one in there:
            if not ipaddress.ip_address(one.address).is_loopback:
                yield f"{one.name} ({one.address})", one.address, GROUP
    for address in list(addresses)[:MOST_ADDRESSES]:
        yield address, "", address


def _asked(
    bind: str, target: tuple[str, int], probes: Sequence[bytes], wait_s: float
) -> list[tuple[bytes, str]]:
    """Sends the probes over the time; the answers and who has sent them. Raises OSError."""
    answers: list[tuple[bytes, str]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        if bind:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(bind))
            asking.bind((bind, 0))
        began_s, sent = time.monotonic(), 0
        while (passed_s := time.monotonic() - began_s) < wait_s and len(answers) < 4 * MOST_FOUND:
            if sent < len(probes) and passed_s >= sent * wait_s / (len(probes) + 1):
                asking.sendto(probes[sent], target)
                sent += 1
            asking.settimeout(max(0.01, min(0.2, wait_s - passed_s)))
            try:
                content, sender = asking.recvfrom(65_535)
            except TimeoutError:
                continue
            answers.append((content, str(sender[0])))
    return answers


def _found(services: Sequence[str], sender: str, name: str, hardware: str) -> FoundCamera:
    """The camera by the address that it has answered from: the one that it tells may be that of a
    network of its own."""
    told = next((one for one in services if _host(one) == sender), services[0] if services else "")
    cut = urllib.parse.urlsplit(told or f"http://{sender}/onvif/device_service")
    port = f":{cut.port}" if cut.port else ""
    service = f"{cut.scheme}://{sender}{port}{cut.path or '/onvif/device_service'}"
    return FoundCamera(sender, service, urllib.parse.unquote(name), urllib.parse.unquote(hardware))


def _host(url: str) -> str:
    try:
        return urllib.parse.urlsplit(url).hostname or ""
    except ValueError:
        return ""
