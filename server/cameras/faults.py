"""What can be wrong with a camera, in words."""

from __future__ import annotations

from enum import StrEnum

from lookout.server.cameras.errors import PulledCameraError


class Fault(StrEnum):
    """The kinds of what can be wrong."""

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a kind of fault
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_SUCH_PATH = "no_such_path"
    SILENT = "silent"
    TOO_MANY = "too_many"
    CLOSED = "closed"
    NO_VIDEO = "no_video"
    GARBAGE = "garbage"
    ENDED = "ended"
    NO_DEVICE = "no_device"
    NOT_INSTALLED = "not_installed"
    ONVIF_NOT_INSTALLED = "onvif_not_installed"
    NO_ONVIF = "no_onvif"
    HUNG = "hung"


WORDS = {
    Fault.WRONG_PASSWORD: "the camera refuses the user or the password: check both, and whether "
    "the account may see video (many cameras have one for ONVIF and one for the web page)",
    Fault.UNREACHABLE: "the camera cannot be reached: is it on, is the address right, and is there "
    "a way from this machine to its network?",
    Fault.REFUSED: "there is a machine at this address, but nothing answers on this port: RTSP is "
    "usually on 554, and many cameras have to be told to serve it",
    Fault.NO_SUCH_PATH: "the camera has no such stream: the path of the address is wrong; the "
    "camera's manual or `lookout cameras discover` names it",
    Fault.SILENT: "the camera takes the connection and sends nothing",
    Fault.TOO_MANY: "the camera serves no further viewer: close one of the others, or raise its "
    "limit",
    Fault.CLOSED: "the camera closes the connection, or what answers on this port is no camera: "
    "check the port, and restart the camera if it has worked before",
    Fault.NO_VIDEO: "what comes from this address is no video that can be read: an address of a "
    "web page, or a codec other than H.264, H.265 or MJPEG",
    Fault.GARBAGE: "what the camera sends is damaged: check its network, and use TCP",
    Fault.ENDED: "the camera has ended the stream",
    Fault.NO_DEVICE: "there is no such device or file on the server",
    Fault.NOT_INSTALLED: "fetching cameras needs the extra `cameras`: pip install '.[cameras]'",
    Fault.ONVIF_NOT_INSTALLED: "asking cameras by ONVIF needs the extra `onvif`: pip install "
    "'.[onvif]'; a camera's RTSP address can be entered without it",
    Fault.NO_ONVIF: "the camera does not answer by ONVIF: switch it on in the camera, or enter its "
    "RTSP address",
    Fault.HUNG: "the decoder did not come back from this camera, and was given up",
}


class CameraFault(PulledCameraError):
    """A camera cannot be read; the text is for people."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(WORDS[fault])
        self.fault = fault
