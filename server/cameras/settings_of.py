"""How a camera is read, out of how it was entered."""

from __future__ import annotations

from lookout.server.cameras.address import CameraLogin, with_login
from lookout.server.cameras.stream_settings import StreamSettings
from lookout.server.storage.camera_records import CameraKind, CameraRecord


def settings_of(camera: CameraRecord, run: int, decoding: str) -> StreamSettings:
    """The settings of the stream: the smaller one is searched where there are two."""

    def url(address: str) -> str:
        return with_login(CameraLogin(address, camera.user, camera.password))

    # a file has no second stream that runs beside it
    two = bool(camera.sub_address) and camera.kind is not CameraKind.FILE
    return StreamSettings(
        stream=camera.id,
        run=run,
        kind=camera.kind,
        url=url(camera.sub_address if two else camera.address),
        main_url=url(camera.address) if two else "",
        rotate=camera.rotate,
        flip=camera.flip,
        masks=camera.privacy_masks,
        decoding=decoding,
    )
