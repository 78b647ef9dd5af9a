"""The edge's command line: shows the camera until it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Sequence

from lookout.edge.cameras import CameraUnusable, open_camera
from lookout.edge.link import LinkSettings
from lookout.edge.pages import create_app
from lookout.edge.settings import EdgeSettings, read_settings
from lookout.edge.station import Station
from lookout.edge.web_server import CannotServePage, WebServer
from lookout.wire.access import is_loopback
from lookout.wire.errors import WireError

EXIT_CANNOT_START = 2

log = logging.getLogger("edge")


def main(arguments: Sequence[str], prog: str = "lookout edge") -> int:
    """Shows the camera until stopped; returns the exit status. `prog` is how it was called."""
    settings = read_settings(arguments, os.environ, prog)
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)-7s %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("waitress").setLevel(logging.WARNING)  # browsers come and go
    try:
        station = _station(settings)
        app = create_app(station, settings.allowed_hosts)
        web = WebServer(app, settings.host, settings.port, station.viewers.most)
    except (CameraUnusable, CannotServePage, WireError) as error:
        sys.stderr.write(f"lookout edge: {error}\n")
        return EXIT_CANNOT_START
    _run(station, web, settings)
    return 0


def _station(settings: EdgeSettings) -> Station:
    camera = open_camera(settings.camera, size_wh=settings.size_wh, fps=settings.fps)
    link = LinkSettings(
        settings.server_host,
        settings.server_port,
        token=settings.token,
        tls_ca=settings.tls_ca,
        camera=settings.camera_name or camera.name,
        overlay=settings.overlay,
    )
    return Station(camera, link, settings.images)


def _run(station: Station, web: WebServer, settings: EdgeSettings) -> None:
    def stop(_number: int, _frame: object) -> None:
        web.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    log.info("camera %s, server %s", settings.camera, settings.server_host)
    log.info("the page is at http://%s:%d/video_feed_page", _address(settings.host), web.port)
    if not is_loopback(settings.host):
        log.warning(
            "everybody on this network can see this camera and take photographs on the page;"
            " --host 127.0.0.1 keeps it to this machine"
        )
    station.start()
    try:
        web.run()
    finally:
        station.stop()
    log.info("stopped")


def _address(host: str) -> str:
    return "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
