"""GStreamer's RTSP server, as a camera: a moving ball.

    /usr/bin/python3 gst_server.py PORT CODEC WIDTH HEIGHT FPS [KEY_FRAMES]
    /usr/bin/python3 gst_server.py PORT clip CLIP.mp4 CAMERAS

Run by the Python of the system, which has the bindings (`gir1.2-gst-rtsp-server-1.0`). CODEC is
h264, h265 or jpeg. A line `WIDTH HEIGHT` on standard input changes the size in mid-stream.
"""

import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max={keys} bitrate=800 "
    "! rtph264pay name=pay0 pt=96 config-interval=-1",
    "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max={keys} bitrate=800 "
    "! rtph265pay name=pay0 pt=96 config-interval=-1",
    "jpeg": "jpegenc quality=70 ! rtpjpegpay name=pay0 pt=26",
}


FILE = (
    "( filesrc location={} ! qtdemux ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


def main() -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_service(sys.argv[1])
    if sys.argv[2] == "clip":
        for number in range(int(sys.argv[4])):
            factory = GstRtspServer.RTSPMediaFactory.new()
            factory.set_launch(FILE.format(sys.argv[3]))
            server.get_mount_points().add_factory(f"/camera{number}", factory)
    else:
        _add_ball(server)
    server.attach(None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def _add_ball(server: Any) -> None:
    codec, width, height, fps = sys.argv[2], *map(int, sys.argv[3:6])
    keys = int(sys.argv[6]) if len(sys.argv) > 6 else fps
    factory = GstRtspServer.RTSPMediaFactory.new()
    size = "video/x-raw,format=I420,width={},height={},framerate={}/1"
    factory.set_launch(
        "( videotestsrc is-live=true pattern=ball ! capsfilter name=size caps="
        + size.format(width, height, fps)
        + " ! "
        + ENCODERS[codec].format(keys=keys)
        + " )"
    )
    factory.set_shared(True)
    filters: list[Any] = []
    factory.connect(
        "media-configure",
        lambda _, media: filters.append(media.get_element().get_by_name("size")),
    )
    server.get_mount_points().add_factory("/live", factory)

    def resize(caps: object) -> bool:
        for one in filters:
            one.set_property("caps", caps)
        return False  # once

    def listen() -> None:
        for line in sys.stdin:
            GLib.idle_add(resize, Gst.Caps.from_string(size.format(*line.split(), fps)))

    threading.Thread(target=listen, daemon=True).start()


if __name__ == "__main__":
    main()
