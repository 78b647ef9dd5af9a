"""The container of a video file, recognized by its first bytes.

FFmpeg, which decodes, also reads lists of other files and addresses (HLS playlists, ffconcat, SDP)
whatever they are called; a sent "video" of that kind would make it open them. So only containers
that hold their own pictures are let through to it, each to its own demuxer, because a list can be
written so that its first bytes look like a container's.
"""

from __future__ import annotations

HEAD_BYTES = 512

_SUFFIXES = ".mp4 .m4v .mov .3gp .mkv .webm .avi .ts .m2ts .mts .mpg .mpeg .flv .wmv .asf .ogv"
VIDEO_SUFFIXES = frozenset(_SUFFIXES.split())
"""The usual suffixes of video files; their bytes decide."""

_STILLS = frozenset(b"heic heix hevc hevx heim heis mif1 msf1 avif avis".split())
NOT_READ = (
    "not a video in a supported format; supported are MP4, MOV, Matroska, WebM, AVI, MPEG, FLV, "
    "WMV and Ogg"
)
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp"})
DEMUXERS = {
    "MP4": "mov",
    "AVI": "avi",
    "Matroska": "matroska",
    "MPEG program stream": "mpeg",
    "MPEG video": "mpegvideo",
    "Flash video": "flv",
    "Windows Media": "asf",
    "Ogg": "ogg",
    "MPEG transport stream": "mpegts",
}
"""FFmpeg's name of each container: it is told which one to read, and guesses nothing."""
_SIGNATURES = (
    (b"\x1a\x45\xdf\xa3", "Matroska"),
    (b"\x00\x00\x01\xba", "MPEG program stream"),
    (b"\x00\x00\x01\xb3", "MPEG video"),
    (b"FLV\x01", "Flash video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (b"OggS", "Ogg"),
)
_SYNC, _PACKETS = 0x47, (188, 192)


def container_of(head: bytes) -> str | None:
    """The container by the first HEAD_BYTES bytes; None: not a supported video."""
    if head[4:8] in _BOXES:
        still = head[4:8] == b"ftyp" and head[8:12] in _STILLS
        return None if still else "MP4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    return "MPEG transport stream" if _is_transport_stream(head) else None


def _is_transport_stream(head: bytes) -> bool:
    """True if a sync byte stands at the start of each of the first two packets (ISO 13818-1); in
    the variant of camcorders four bytes come before each."""
    return any(
        len(head) > packet + offset and head[offset] == head[packet + offset] == _SYNC
        for packet in _PACKETS
        for offset in (0, packet - 188)
    )
