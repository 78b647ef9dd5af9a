"""Cameras are found over the chosen interface and by address, against a virtual ONVIF camera."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from lookout.server.cameras import onvif
from lookout.server.cameras.faults import CameraFault, Fault
from lookout.server.cameras.onvif import (
    PORT,
    StreamAddresses,
    Tried,
    discover,
    interfaces,
    stream_addresses,
)

config = pytest.importorskip("ipycam.config", reason="the virtual camera is optional")
discovery = pytest.importorskip("ipycam.discovery", reason="the virtual camera is optional")
handlers = pytest.importorskip("ipycam.http", reason="the virtual camera is optional")
services = pytest.importorskip("ipycam.onvif", reason="the virtual camera is optional")

USER, PASSWORD = "lookout", "p@ss:w/rd #1"
ELSEWHERE = "10.255.0.9"
"""The address that the camera believes to have."""


@pytest.fixture
def camera() -> Iterator[Any]:
    """A camera that is on the loopback interface and tells the address of another network."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    settings = config.CameraConfig(
        name="Gate",
        local_ip=ELSEWHERE,
        onvif_port=server.server_port,
        rtsp_port=8554,
        username=USER,
        password=PASSWORD,
    )
    service = services.ONVIFService(settings)
    standing = SimpleNamespace(onvif=service, config=settings)
    server.RequestHandlerClass = type(
        "Handler", (handlers.IPCameraHTTPHandler,), {"camera": standing}
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.local_ip = "127.0.0.1"  # the group is joined on this interface
    answering = discovery.WSDiscoveryServer(service)
    settings.local_ip = ELSEWHERE
    answering.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/onvif/device_service")
    answering.stop()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("way", ["interface", "address"])
def test_a_camera_is_found_at_the_address_that_it_answers_from(camera: Any, way: str) -> None:
    chosen, hosts = (["lo"], []) if way == "interface" else ([], ["127.0.0.1"])
    result = discover(chosen, hosts, wait_s=1.5)
    (found,) = [one for one in result.found if one.service == camera.url]
    assert (found.host, found.name) == ("127.0.0.1", "Gate")
    (tried,) = result.tried
    assert tried.answers >= 1
    assert tried.where == ("lo (127.0.0.1)" if way == "interface" else "127.0.0.1")


def test_the_streams_of_a_camera_are_told_the_largest_first_with_the_host_put_right(
    camera: Any,
) -> None:
    streams = stream_addresses(camera.url, USER, PASSWORD)
    assert streams == StreamAddresses(
        "rtsp://127.0.0.1:8554/video_main", "rtsp://127.0.0.1:8554/video_sub"
    )


def test_a_clock_that_is_wrong_is_no_trouble(camera: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = services.datetime

    class Later(real):  # type: ignore[misc, valid-type]
        """The camera's clock, which is three hours ahead."""

        @classmethod
        def now(cls, zone: Any = None) -> Any:
            return real.now(zone) + services.timedelta(hours=3)

        @classmethod
        def utcnow(cls) -> Any:
            return real.utcnow() + services.timedelta(hours=3)

    monkeypatch.setattr(services, "datetime", Later)
    assert stream_addresses(camera.url, USER, PASSWORD).main


def test_a_wrong_password_and_a_machine_without_onvif_are_said(camera: Any) -> None:
    with pytest.raises(CameraFault) as refused:
        stream_addresses(camera.url, USER, "wrong")
    assert refused.value.fault is Fault.WRONG_PASSWORD
    with pytest.raises(CameraFault) as nobody:
        stream_addresses("http://127.0.0.1:1/onvif/device_service", USER, PASSWORD, answer_s=2.0)
    assert nobody.value.fault is Fault.UNREACHABLE
    for error in (refused, nobody):
        assert PASSWORD not in str(error.value)


def test_where_nobody_answers_it_is_said_where_was_asked() -> None:
    result = discover([], ["127.0.0.1"], wait_s=0.3, port=1)
    assert result.found == ()
    assert [one.where for one in result.tried] == ["127.0.0.1"]
    odd = discover(["no-such-interface"], wait_s=0.3)
    assert odd.tried[0].error
    assert odd.tried[0].where == "no-such-interface"
    assert any(one.address == "127.0.0.1" for one in interfaces())
    assert Tried("x").answers == 0
    assert PORT == 3702


def test_two_cameras_with_one_name_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    def match(address: str) -> bytes:
        return (
            '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><e:Body>'
            "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:the-same"
            "</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>"
            f"<d:XAddrs>http://{address}/onvif/device_service</d:XAddrs>"
            "</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
        ).encode()

    answers = [(match(address), address) for address in ("10.0.0.7", "10.0.0.8", "10.0.0.7")]
    monkeypatch.setattr(onvif, "_asked", lambda *_: answers)
    result = discover([], ["10.0.0.255"])
    assert [one.host for one in result.found] == ["10.0.0.7", "10.0.0.8"]
    assert result.tried == (Tried("10.0.0.255", 2),)
