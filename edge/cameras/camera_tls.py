"""TLS to a network camera, whose certificate is nearly always its own."""

from __future__ import annotations

import ssl
from pathlib import Path

from lookout.edge.cameras.errors import CameraUnusable


def camera_tls(ca: Path | None = None, *, insecure: bool = False) -> ssl.SSLContext:
    """The context for https cameras.

    ca: a PEM file with the camera's own certificate, or the one of the authority that signed it:
    nothing else is accepted. The name in it is not compared, because cameras are reached by
    addresses that their certificates do not hold.
    insecure: any certificate, and the old versions of TLS that old cameras speak.

    Raises CameraUnusable.
    """
    if insecure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        return context
    if ca is None:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a leaf that another one signed, too
    try:
        context.load_verify_locations(cafile=ca)
    except OSError as error:
        reason = error.strerror or "it holds no certificate in PEM form"
        raise CameraUnusable(f"--camera-ca {ca} cannot be used: {reason}") from error
    return context
