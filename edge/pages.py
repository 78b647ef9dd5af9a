"""The pages of a camera: Flask routes around what a `Station` knows and does."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from lookout.edge.camera_loop import CameraState
from lookout.edge.capture import HeldShotGone, NoPicture, Shot
from lookout.edge.guards import guard
from lookout.edge.mjpeg import CONTENT_TYPE, parts
from lookout.edge.page_access import PageAccess
from lookout.edge.page_password import require_password
from lookout.edge.photos import NotSaved
from lookout.edge.reverse_proxy import ReverseProxy
from lookout.edge.station import Station
from lookout.names import LONGEST_NAME, BadName
from lookout.wire.challenge import WireChallenge
from lookout.wire.corrections import Correction
from lookout.wire.errors import BadMessage, Refused, WireError
from lookout.wire.meta import parse
from lookout.wire.records import Face, FaceState
from lookout.wire.refusals import Code

RETRY_AFTER_S = 2
CAPTURE_EXAMPLE = '{"name": "Ann"}'
CORRECTION_EXAMPLE = '{"say": "not", "track": 3, "name": "Ann"}'

pages = Blueprint("pages", __name__)


class NoStorage(HTTPException):
    """A photograph could not be written. Werkzeug has no exception of its own for this code."""

    code = 507


def create_app(
    station: Station,
    allowed_hosts: tuple[str, ...] = (),
    access: PageAccess | None = None,
) -> Flask:
    """The application for one station; starts and stops nothing."""
    access = access or PageAccess()
    app = Flask(__name__)
    app.extensions["station"] = station
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _say)
    guard(app, allowed_hosts, access)
    require_password(app, access)
    app.wsgi_app = ReverseProxy(app.wsgi_app, access)  # type: ignore[assignment, method-assign]
    return app


@pages.get("/")
def index() -> ResponseReturnValue:
    # Relative where no path is known: a proxy may have taken one off.
    return redirect(url_for("pages.video_feed_page") if request.script_root else "video_feed_page")


@pages.get("/video_feed_page")
def video_feed_page() -> ResponseReturnValue:
    return render_template(
        "video_feed_page.html", camera=_station().camera_name, longest_name=LONGEST_NAME
    )


@pages.get("/video_feed")
def video_feed() -> ResponseReturnValue:
    station = _station()
    if not station.viewers.enter():
        _later(f"{station.viewers.most} browsers are watching already; close one and try again.")
    response = Response(parts(station.view.parts), content_type=CONTENT_TYPE)
    response.call_on_close(station.viewers.leave)
    return response


@pages.get("/snapshot.jpg")
def snapshot() -> ResponseReturnValue:
    newest = _station().view.pictures.newest()
    if newest is None:
        _later("The camera has given no picture yet.")
    return Response(newest[1].jpeg, content_type="image/jpeg")


@pages.get("/status")
def status() -> ResponseReturnValue:
    station = _station()
    now = station.status()
    camera, link, view = now.camera, now.link, now.view
    return {
        "run": station.run_id,
        "camera": {
            "name": station.camera_name,
            "ok": camera.state is CameraState.LIVE,
            "words": camera.message,
            "fps": round(camera.fps, 1),
            "size": camera.size_wh,
        },
        "server": {
            "online": link.online,
            "state": link.state.value,
            "words": link.message,
            "round_trip_ms": link.round_trip_ms and round(link.round_trip_ms, 1),
            "frames_sent": link.frames_sent,
            "frames_dropped": link.frames_dropped,
        },
        "view": {
            "fps": round(view.fps, 1),
            "recognising": view.recognising,
            "viewers": station.viewers.count,
        },
        "challenge": _challenge(station.challenge.shown()),
        "faces": _faces(view.faces if camera.state is CameraState.LIVE else ()),
        "photos": {
            "waiting": now.photos.waiting,
            "poor": now.photos.poor,
            "words": now.photos.message,
        },
    }


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while every part runs and the camera gives pictures. The server may be offline: the
    plain picture does not need it."""
    trouble = _station().trouble()
    return {"ok": not trouble, "trouble": trouble}, 503 if trouble else 200


@pages.post("/capture")
def capture() -> ResponseReturnValue:
    name = _json(CAPTURE_EXAMPLE).get("name")
    if not isinstance(name, str):
        abort(400, f"Send JSON such as {CAPTURE_EXAMPLE}.")
    try:
        return _shot(_station().capture.take(name))
    except BadName as error:
        abort(422, str(error))
    except NoPicture as error:
        abort(503, str(error))
    except NotSaved as error:
        raise NoStorage(str(error)) from error


@pages.post("/capture/<shot_id>/keep")
def keep(shot_id: str) -> ResponseReturnValue:
    try:
        return _shot(_station().capture.keep(shot_id))
    except HeldShotGone as error:
        abort(410, str(error))
    except NotSaved as error:
        raise NoStorage(str(error)) from error


@pages.post("/challenge")
def challenge() -> ResponseReturnValue:
    """Whoever is before the camera wants to prove that they are: `/status` says what is asked."""
    _station().challenge.ask()
    return {"words": "Look into the camera."}


@pages.post("/correction")
def correction() -> ResponseReturnValue:
    """`{"say": "not", "track": 3, "name": "Ada"}`, `{"say": "ignore", "track": 3}`, or
    `{"say": "take_back", "said_at": …}` with what the answer to one of the first two said."""
    try:
        said = Correction.from_meta({**_json(CORRECTION_EXAMPLE), "camera": "", "request": 0})
    except BadMessage as error:
        abort(400, f"Send JSON such as {CORRECTION_EXAMPLE}: {error}.")
    try:
        answer = _station().correct(said)
    except Refused as error:
        abort(410 if error.code == Code.GONE else 409, str(error))
    except WireError:
        _later("The server cannot be reached, so this was not recorded. Try again in a moment.")
    return {"words": answer.message, "said_at": answer.said_at, "advice": answer.advice}


def _station() -> Station:
    station: Station = current_app.extensions["station"]
    return station


def _json(example: str) -> dict[str, Any]:
    """The body, read as strictly as a message of the wire: of bounded depth, in valid Unicode."""
    try:
        return parse(request.get_data())
    except BadMessage as error:
        abort(400, f"Send JSON such as {example}: {error}.")


def _shot(shot: Shot) -> dict[str, Any]:
    return {
        "outcome": shot.outcome,
        "name": shot.name,
        "words": shot.message,
        "reasons": [{"code": reason.code, "words": reason.message} for reason in shot.reasons],
        "id": shot.id,
        "path": shot.path,
    }


def _challenge(told: WireChallenge | None) -> dict[str, Any] | None:
    return None if told is None else told.to_meta()


def _faces(faces: tuple[Face, ...]) -> list[dict[str, Any]]:
    """The faces in view as JSON: people by name first, strangers last."""
    order = list(FaceState)
    return [
        {
            "name": face.name,
            "state": face.state.value,
            "distance": None if face.distance is None else round(face.distance, 3),
            "track": face.track,
            "ignored": face.ignored,
            "liveness": None if face.liveness is None else face.liveness.value,
            "box": [round(edge) for edge in face.box_xyxy],
        }
        for face in sorted(
            faces, key=lambda face: (order.index(face.state), face.name or "", face.track or 0)
        )
    ]


def _later(message: str) -> NoReturn:
    """503 with the time after which asking again makes sense."""
    raise ServiceUnavailable(message, retry_after=RETRY_AFTER_S)


def _say(error: HTTPException) -> ResponseReturnValue:
    """A refusal as JSON, with a message that the page shows as it is."""
    answer = error.get_response()
    answer.data = json.dumps({"error": error.description})
    answer.content_type = "application/json"
    return answer
