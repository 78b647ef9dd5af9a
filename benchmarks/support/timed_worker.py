"""A process that computes one thing on request and answers how long that took.

It needs nothing but numpy (and dlib for `dlib`), so that another Python with another build of dlib
can run it: `python benchmarks/support/timed_worker.py dlib WEIGHTS CHIPS.npy ENCODINGS.npy`, `…
dlib-cnn WEIGHTS FRAME.npy` or `… matmul SIDE`. Each line on its input is a number of chips (frames,
products); the answer is the milliseconds that they took. Several workers that are asked in turn
share the machine's good and bad moments.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np


def dlib_encoder(weights: str, chips_file: str, encodings_file: str) -> Callable[[int], object]:
    import dlib

    chips = list(np.load(chips_file, allow_pickle=False))
    model = dlib.face_recognition_model_v1(weights)
    encodings = np.array([model.compute_face_descriptor(chip) for chip in chips], np.float32)
    np.save(encodings_file, encodings)
    answer({"dlib": dlib.__version__, "blas": bool(dlib.DLIB_USE_BLAS)})
    return lambda count: model.compute_face_descriptor(chips[:count])


def dlib_detector(weights: str, frame_file: str) -> Callable[[int], object]:
    import dlib

    frame_rgb = np.load(frame_file, allow_pickle=False)
    detector = dlib.cnn_face_detection_model_v1(weights)
    faces = len(detector(frame_rgb, 0))
    answer({"dlib": dlib.__version__, "blas": bool(dlib.DLIB_USE_BLAS), "faces": faces})
    return lambda count: [detector(frame_rgb, 0) for _ in range(count)]


def matmul(side: str) -> Callable[[int], object]:
    random = np.random.default_rng(0)
    left = random.random((int(side), int(side)), np.float32)
    right = random.random((int(side), int(side)), np.float32)
    product = np.empty_like(left)
    answer({"side": int(side)})
    return lambda count: [np.matmul(left, right, out=product) for _ in range(count)]


def answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main(what: str, *arguments: str) -> None:
    makers: dict[str, Callable[..., Callable[[int], object]]] = {
        "dlib": dlib_encoder,
        "dlib-cnn": dlib_detector,
        "matmul": matmul,
    }
    compute = makers[what](*arguments)
    for line in sys.stdin:
        start = time.perf_counter()
        compute(int(line))
        answer(1000 * (time.perf_counter() - start))


if __name__ == "__main__":
    main(*sys.argv[1:])
