"""A picture crosses between processes whole, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from lookout.server.cameras.surface import PLACES, SurfaceReader, SurfaceWriter


def test_a_picture_that_was_overtaken_is_not_read() -> None:
    writer = SurfaceWriter((2, 3, 3))
    reader = SurfaceReader(writer.info)
    told = [writer.write(np.full((2, 3, 3), value, np.uint8)) for value in range(PLACES + 1)]
    assert reader.read(*told[0]) is None
    for value in range(1, PLACES + 1):
        picture = reader.read(*told[value])
        assert picture is not None
        assert picture.min() == picture.max() == value
    reader.close()
    writer.close()


def test_what_was_read_stays_when_the_surface_goes() -> None:
    writer = SurfaceWriter((2, 3, 3))
    reader = SurfaceReader(writer.info)
    picture = reader.read(*writer.write(np.full((2, 3, 3), 7, np.uint8)))
    reader.close()
    writer.close()
    assert picture is not None
    assert picture.sum() == 7 * 18
    with pytest.raises(OSError):
        SurfaceReader(writer.info)
