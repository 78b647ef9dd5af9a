"""Cameras as JSON."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from lookout.server.api.dependencies import Dependencies
from lookout.server.cameras.address import LONGEST_ADDRESS
from lookout.server.cameras.status import CameraCondition
from lookout.server.live.camera_board import ConnectedCamera
from lookout.server.live.camera_names import Device
from lookout.server.live.clock import unix_s
from lookout.server.storage.camera_records import CameraKind, CameraPlace, CameraRecord, Origin

Fraction = Annotated[float, Field(ge=0, le=1)]
Address = Annotated[str, StringConstraints(max_length=LONGEST_ADDRESS)]
Word = Annotated[str, StringConstraints(max_length=200)]
Turn = Literal[0, 90, 180, 270]
Polygon = Annotated[list[tuple[Fraction, Fraction]], Field(min_length=3, max_length=32)]
Masks = Annotated[list[Polygon], Field(max_length=16)]
Liveness = Literal["off", "mark", "require", "challenge"]


class PlaceIO(BaseModel):
    """Where a camera hangs and where it looks; `x` and `y` are 0 to 1 on the floor plan."""

    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    plan: Annotated[str | None, StringConstraints(max_length=64)] = None
    x: Fraction | None = None
    y: Fraction | None = None
    heading_deg: Annotated[float | None, Field(ge=0, le=360)] = None
    fov_deg: Annotated[float | None, Field(gt=0, le=360)] = None
    range_m: Annotated[float | None, Field(gt=0, le=10_000)] = None

    def record(self) -> CameraPlace:
        return CameraPlace(**self.model_dump())


class CameraOut(BaseModel):
    """One camera. `address` is without login, and the password is told to nobody.

    why: what is wrong, and what to do. fps, latency_ms (from arrival to answer): measured; counts
    are since the server started. sent_as, device, owner: of an edge's camera, what its device calls
    it, the device's id, and the API key that the name belongs to, if one does.
    """

    id: str
    name: str
    kind: CameraKind
    origin: Origin
    enabled: bool
    address: str
    user: str
    has_password: bool
    sub_address: str
    condition: CameraCondition
    why: str
    fps: float | None
    latency_ms: float | None
    last_frame_at: float | None
    width: int | None
    height: int | None
    rotate: int
    flip: bool
    privacy_masks: list[list[tuple[float, float]]]
    place: PlaceIO | None
    liveness: Liveness | None
    created_at: float
    first_frame_at: float | None = None
    frames: int = 0
    recognised: int = 0
    dropped: int = 0
    refused: int = 0
    faces: int = 0
    sent_as: str = ""
    device: str = ""
    owner: str | None = None

    @classmethod
    def of(cls, camera: CameraRecord, parts: Dependencies) -> CameraOut:
        status = parts.hub.status(camera)
        width, height = status.size_wh or (None, None)
        device, sent_as = parts.camera_names.owner(camera.name) or (Device(""), camera.name)
        owner = parts.store.api_keys.find_edge(device.key) if device.key else None
        connected = parts.hub.connected(camera)
        return cls(
            id=camera.id,
            name=camera.name,
            kind=camera.kind,
            origin=camera.origin,
            enabled=camera.enabled,
            address=camera.address,
            user=camera.user,
            has_password=bool(camera.password),
            sub_address=camera.sub_address,
            condition=status.condition,
            why=status.why,
            fps=status.fps,
            latency_ms=status.latency_ms,
            last_frame_at=None if status.last_frame_s is None else unix_s(status.last_frame_s),
            width=width,
            height=height,
            rotate=camera.rotate,
            flip=camera.flip,
            privacy_masks=[list(polygon) for polygon in camera.privacy_masks],
            place=None if camera.place is None else PlaceIO(**dataclasses.asdict(camera.place)),
            liveness=_liveness(camera.liveness),
            created_at=camera.created_at,
            sent_as=sent_as,
            device=device.id,
            owner=None if owner is None else owner.id,
            **_counts(connected),
        )


class NewCamera(BaseModel):
    """A camera that the server is to fetch. `kind` may be left out where the address tells it; a
    login in the address is moved into `user` and `password`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    address: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ADDRESS)]
    kind: Literal["rtsp", "mjpeg", "snapshot", "usb", "file", "onvif"] | None = None
    user: Word = ""
    password: Word = Field("", repr=False)
    sub_address: Address = ""
    enabled: bool = True
    rotate: Turn = 0
    flip: bool = False
    privacy_masks: Masks = []
    place: PlaceIO | None = None
    liveness: Liveness | None = None


class CameraChange(BaseModel):
    """What is left out stays as it is; a `place` or `liveness` of null is removed."""

    name: Annotated[str | None, StringConstraints(min_length=1, max_length=200)] = None
    address: Annotated[str | None, StringConstraints(max_length=LONGEST_ADDRESS)] = None
    user: Word | None = None
    password: Word | None = Field(None, repr=False)
    sub_address: Address | None = None
    enabled: bool | None = None
    rotate: Turn | None = None
    flip: bool | None = None
    privacy_masks: Masks | None = None
    place: PlaceIO | None = None
    liveness: Liveness | None = None


def _liveness(stored: str | None) -> Liveness | None:
    match stored:
        case "off" | "mark" | "require" | "challenge":
            return stored
    return None


def _counts(connected: ConnectedCamera | None) -> dict[str, Any]:
    if connected is None:
        return {}
    return {
        "first_frame_at": unix_s(connected.first_frame_s),
        "frames": connected.frames,
        "recognised": connected.recognized,
        "dropped": connected.dropped,
        "refused": connected.refused,
        "faces": connected.faces,
    }


class CameraTest(BaseModel):
    """A camera that is to be looked at. With `id`, what is left out is as that camera has it."""

    id: Annotated[str | None, StringConstraints(max_length=64)] = None
    address: Address = ""
    kind: Literal["rtsp", "mjpeg", "snapshot", "usb", "file", "onvif"] | None = None
    user: Word | None = None
    password: Word | None = Field(None, repr=False)
    sub_address: Address | None = None


class CameraVerdict(BaseModel):
    """What a look at a camera has shown. `why` says what is wrong, or what would be better."""

    works: bool
    fault: str
    why: str
    codec: str
    fps: float
    width: int
    height: int
    key_s: float


class DiscoveryWish(BaseModel):
    """Where to look: interfaces of the server by name or address, and hosts to ask directly. With a
    user, each camera that answers is asked for its streams."""

    interfaces: Annotated[list[Word], Field(max_length=16)] = []
    hosts: Annotated[list[Word], Field(max_length=64)] = []
    user: Word = ""
    password: Word = Field("", repr=False)


class DiscoveredCamera(BaseModel):
    host: str
    service: str
    name: str
    hardware: str
    address: str
    sub_address: str
    why: str


class TriedPlace(BaseModel):
    where: str
    answers: int
    error: str


class DiscoveryOut(BaseModel):
    """What has answered, and what was tried."""

    found: list[DiscoveredCamera]
    tried: list[TriedPlace]
    interfaces: list[str]
