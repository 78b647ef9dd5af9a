"""The route that Lookout is compared with: `face_recognition`, called as its readme shows.

    python -m benchmarks.http.bare --known encodings.pkl

`face_locations` with its defaults (HOG, the picture doubled once), `face_encodings`, and the
nearest of the known people if `compare_faces` takes it for a match. Plain `def`, so that FastAPI
runs it in its pool of threads.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, UploadFile

from lookout.faces.engine import open_encoder
from lookout.faces.gallery.encodings_file import load_gallery
from lookout.faces.gallery.gallery import Gallery

PATH = "/recognize"


def make_app(known: Gallery) -> FastAPI:
    """The route, over these people."""
    import face_recognition

    app = FastAPI()
    engine: Any = face_recognition
    encodings, names = list(known.encodings), known.names

    @app.post(PATH)
    def recognize(file: UploadFile) -> dict[str, Any]:
        image_rgb = engine.load_image_file(file.file)
        places = engine.face_locations(image_rgb)
        faces = []
        for place, encoding in zip(places, engine.face_encodings(image_rgb, places), strict=True):
            distances = engine.face_distance(encodings, encoding)
            nearest = int(np.argmin(distances))
            match = engine.compare_faces(encodings, encoding)[nearest]
            name = names[nearest] if match else "Unknown"
            faces.append({"name": name, "distance": float(distances[nearest]), "box": place})
        return {"faces": faces}

    return app


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.http.bare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--known", type=Path, required=True, help="encodings.pkl: who is known")
    parser.add_argument("--port", type=int, default=0, help="(a free one)")
    given = parser.parse_args(arguments)
    app = make_app(load_gallery(given.known, open_encoder(device="cpu")))
    with socket.create_server(("127.0.0.1", given.port)) as listener:
        sys.stderr.write(f"listening on 127.0.0.1 port {listener.getsockname()[1]}\n")
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


if __name__ == "__main__":
    main(sys.argv[1:])
