"""The edge's command line: shows the camera until it is stopped."""

from __future__ import annotations

import logging
import os
import platform
import signal
from collections.abc import Sequence

from lookout.command_line import fail, log_to_stderr
from lookout.edge.cameras import CameraUnusable, open_camera
from lookout.edge.cameras.camera_tls import camera_tls
from lookout.edge.cameras.turned import turned
from lookout.edge.device import default_camera_name, device_id
from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.settings import EdgeSettings, read_settings
from lookout.edge.station import Station
from lookout.edge.web_server import CannotServePage, WebServer
from lookout.names import BadName, camera_name
from lookout.wire.access import is_loopback
from lookout.wire.errors import WireError
from lookout.wire.redaction import hide_secrets, redact, secrets_of, without_secrets
from lookout.wire.repeats import RepeatFilter

EXIT_CANNOT_START = 2

log = logging.getLogger("edge")


def main(arguments: Sequence[str], prog: str = "lookout edge") -> int:
    """Shows the camera until stopped; returns the exit status. `prog` is how it was called."""
    settings = read_settings(arguments, os.environ, prog)
    log_to_stderr(settings.log_level, RepeatFilter)
    hide_secrets((*secrets_of(settings.camera), settings.token, settings.access.password))
    logging.getLogger("waitress").setLevel(logging.WARNING)  # browsers come and go
    try:
        station = _station(settings)
        app = create_app(station, settings.allowed_hosts, settings.access)
        web = WebServer(app, settings.host, settings.port, station.viewers.most)
    except (BadName, CameraUnusable, CannotServePage, WireError) as error:
        return fail("lookout edge", redact(str(error)), EXIT_CANNOT_START)
    _run(station, web, settings)
    return 0


def _station(settings: EdgeSettings) -> Station:
    tls = camera_tls(settings.camera_ca, insecure=settings.camera_insecure)
    camera = open_camera(settings.camera, size_wh=settings.size_wh, fps=settings.fps, tls=tls)
    camera = turned(camera, settings.turn)
    device = device_id(settings.camera)
    link = LinkSettings(
        settings.server_host,
        settings.server_port,
        token=settings.token,
        tls_ca=settings.tls_ca,
        camera=_camera_name(settings, camera.name, device),
        device=device,
        overlay=settings.overlay,
        more=settings.more_servers,
    )
    return Station(camera, link, settings.images)


def _camera_name(settings: EdgeSettings, address: str, device: str) -> str:
    """Raises BadName."""
    name = settings.camera_name
    if name == platform.node():
        name = default_camera_name(name, device)
    return camera_name(name or address)


def _run(station: Station, web: WebServer, settings: EdgeSettings) -> None:
    def stop(_number: int, _frame: object) -> None:
        web.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    log.info("camera %s, server %s", without_secrets(settings.camera), settings.server_host)
    log.info("the page is at http://%s:%d/video_feed_page", _address(settings.host), web.port)
    warn_of_open_doors(settings)
    station.start()
    try:
        web.run()
    finally:
        station.stop()
    log.info("stopped")


def warn_of_open_doors(settings: EdgeSettings) -> None:
    """Logs, loudly, what these settings let others see and do."""
    if settings.camera_insecure:
        log.warning("--camera-insecure: anyone between this machine and the camera can replace it")
    if is_loopback(settings.host):
        return
    if not settings.access.password:
        log.warning(
            "THE PAGE HAS NO PASSWORD: everybody on this network can see this camera and take "
            "photographs on the page; --page-password-file FILE asks for a password, "
            "--host 127.0.0.1 keeps the page to this machine"
        )
    elif settings.access.watch_freely:
        log.warning("everybody on this network can see this camera (--watch-without-password)")


def _address(host: str) -> str:
    return "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
