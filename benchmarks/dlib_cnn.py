"""Times dlib's own CNN face detector. Needs nothing but dlib and numpy, so that another Python with
another build of dlib can run it: `python benchmarks/dlib_cnn.py FRAME.npy WEIGHTS RUNS`.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import dlib
import numpy as np


def main(frame_file: str, weights: str, runs: str) -> None:
    frame_rgb = np.load(frame_file, allow_pickle=False)
    detector = dlib.cnn_face_detection_model_v1(weights)
    faces = len(detector(frame_rgb, 0))
    times_ms = []
    for _ in range(int(runs)):
        start = time.perf_counter()
        detector(frame_rgb, 0)
        times_ms.append(1000 * (time.perf_counter() - start))
    result = {"ms": statistics.median(times_ms), "faces": faces, "dlib": dlib.__version__}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
