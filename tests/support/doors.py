"""The ways by which names and pictures come into one installation: the doors of docs/inputs.md."""

from __future__ import annotations

import base64
import contextlib
import json
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lookout.edge.capture import Capture
from lookout.edge.frame import Frame
from lookout.edge.photos import PhotoStore
from lookout.edge.slot import Slot
from lookout.faces.errors import BadPeople
from lookout.faces.gallery.encodings_file import read_gallery
from lookout.faces.photo.examiner import PhotoExaminer
from lookout.faces.photo.judgement import Quality
from lookout.faces.protocols import Detector, Encoder
from lookout.faces.training.train import train
from lookout.names import BadName, clean_name, name_key
from lookout.server.enrolment.learner import Learner
from lookout.server.enrolment.photo_handler import PhotoHandler
from lookout.server.gallery.editing import GalleryEditor
from lookout.server.inference.landmark_model import LandmarkModel
from lookout.server.registry.importer import ImportOptions, RegistryImport
from lookout.server.registry.pictures import Pictures
from lookout.server.registry.rows import RegistryRow
from lookout.wire.connection import Connection
from lookout.wire.framing import Kind, Message
from lookout.wire.records import PhotoInfo
from tests.support.api import Api
from tests.support.edge_fakes import Opinion, picture
from tests.support.server_fakes import FakeRecognizer
from tests.support.service import RunningService

TAKEN, REFUSED, JOINS, CONFLICT = "taken", "refused", "joins", "conflict"


def outcome(names: list[str], given: str) -> str:
    """What became of `given`, by everybody who is known now; Ada was there before."""
    if name_key("ada") == name_key(given):
        return JOINS if names == ["Ada"] else CONFLICT
    if names == ["Ada"]:
        return REFUSED
    assert sorted(names) == sorted(["Ada", clean_name(given)])
    return TAKEN


class Doors:
    """All doors of one installation in which Ada is known."""

    def __init__(self, folder: Path, api: Api, engines: tuple[Detector, Encoder], photo: bytes):
        self._root, self.api, self.photo = folder, api, photo
        self.folder = folder / "0"
        self.detector, self.encoder = engines
        self.landmarks = LandmarkModel()

    def clear(self) -> None:
        """Begins again with nobody known."""
        self.folder = self._root / str(int(self.folder.name) + 1)
        for person in self.api.store.people.page(200).items:
            self.api.store.people.delete(person.id)

    def through(self, door: str, name: str) -> str:
        """TAKEN, REFUSED, JOINS or CONFLICT."""
        doors: dict[str, Callable[[str], str]] = {
            "folder": self.by_folder,
            "gallery file": self.by_gallery_file,
            "Capture": self.by_capture,
            "wire": self.by_wire,
            "POST /people": self.by_people,
            "CompreFace": self.by_compreface,
            "DeepStack": self.by_deepstack,
            "predecessors": self.by_predecessors,
            "table": self.by_table,
            "people rename": self.by_rename,
        }
        return doors[door](name)

    def by_folder(self, name: str) -> str:
        for number, person in enumerate(("Ada", name)):
            (self.folder / person).mkdir(parents=True)
            (self.folder / person / f"{number}.jpg").write_bytes(b"no picture")
        output = self.folder.with_suffix(".pkl")
        folders = train(self.folder, output, self.detector, self.encoder).folders
        assert len(folders.left_out) + len(folders.spellings) + len(folders.people) == 2
        return outcome(list(folders.people), name)

    def by_gallery_file(self, name: str) -> str:
        path = self.folder.with_suffix(".pkl")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pickle.dumps({"encodings": [[0.1] * 128] * 2, "names": ["Ada", name]}))
        return outcome(list(read_gallery(path).people), name)

    def by_capture(self, name: str) -> str:
        (self.folder / "Ada").mkdir(parents=True)
        frames: Slot[Frame] = Slot()
        frames.put(Frame(picture(7), 7, time.time()))
        capture = Capture(frames, PhotoStore(self.folder), Opinion(()), threading.Event().set)
        with contextlib.suppress(BadName):
            capture.take(name)
        return outcome([path.name for path in self.folder.iterdir()], name)

    def by_wire(self, name: str) -> str:
        (self.folder / "Ada").mkdir(parents=True)
        with self.edge() as edge:
            answer = sent(edge, PhotoInfo(1, name, "1.jpg", keep_anyway=True), self.photo)
            after = sent(edge, PhotoInfo(2, "Ada", "2.jpg", keep_anyway=True), self.photo)
        assert after.kind is Kind.VERDICT, "a name ended the connection"
        assert answer.kind in (Kind.VERDICT, Kind.ERROR)
        return outcome([path.name for path in self.folder.iterdir()], name)

    @contextlib.contextmanager
    def edge(self) -> Iterator[Connection]:
        """An edge at a server that keeps photographs in the folder."""
        path = self.folder.with_suffix(".pkl")
        learner = Learner(self.detector, self.encoder, path, Quality.OFF, self.landmarks)
        handler = PhotoHandler(self.folder, learner)
        handler.start()
        try:
            with (
                RunningService(FakeRecognizer(), handler) as service,
                contextlib.closing(service.connect()) as edge,
            ):
                yield edge
        finally:
            handler.close(10.0)

    def by_people(self, name: str) -> str:
        self.api.call("POST", "/api/v1/people", json={"name": "Ada"})
        answer = self.json("/api/v1/people", {"name": name})
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "name_taken"
            return CONFLICT
        if answer.status_code == 422:
            assert self.known() == ["Ada"]
            return REFUSED
        return outcome(self.known(), name)

    def by_compreface(self, name: str) -> str:
        path = "/api/v1/recognition/subjects"
        self.json(path, {"subject": "Ada"})
        answer = self.json(path, {"subject": name})
        if answer.status_code == 201:
            (made,) = set(self.known()) - {"Ada"}
            gone = self.api.call("DELETE", f"{path}/{made}")
            assert gone.status_code == 200, "a name that cannot stand in an address"
            return outcome(["Ada", made], name)
        assert answer.status_code == 400
        return CONFLICT if "already exists" in answer.json()["message"] else REFUSED

    def by_deepstack(self, name: str) -> str:
        return self.by_form("/v1/vision/face/register", "userid", 400, name)

    def by_predecessors(self, name: str) -> str:
        return self.by_form("/face/upload", "name", 422, name)

    def by_form(self, path: str, field: str, refusal: int, name: str) -> str:
        picture = base64.b64encode(self.photo).decode()
        assert self.json(path, {field: "Ada", "image": picture}).status_code == 200
        answer = self.json(path, {field: name, "image": picture})
        assert answer.status_code in (200, refusal), answer.text
        return outcome(self.known(), name)

    def by_table(self, name: str) -> str:
        (self.folder / "1.jpg").parent.mkdir(parents=True)
        (self.folder / "1.jpg").write_bytes(self.photo)
        rows = [RegistryRow(n, who, "", "1.jpg", {}) for n, who in enumerate(("Ada", name), 2)]
        examiner = PhotoExaminer(self.detector, self.encoder)
        job = RegistryImport(
            self.api.store, examiner, Pictures(self.folder), ImportOptions(use_poor=True)
        )
        reports = [job.run([row], f"{self.folder} {row.number}", lambda: 1.0)[0] for row in rows]
        verdict = reports[1].verdict.value
        if verdict == "duplicate_photo":  # the same face under two names: the name itself is fine
            return TAKEN
        assert verdict in ("bad_row", "unchanged"), reports[1]
        return outcome(self.known(), name)

    def by_rename(self, name: str) -> str:
        for person in ("Ada", "Grace"):
            (self.folder / person).mkdir(parents=True)
        editor = GalleryEditor(self.folder, self.folder.with_suffix(".pkl"))
        try:
            editor.rename("Grace", name)
        except BadPeople as error:
            assert sorted(editor.counts()) == ["Ada", "Grace"]
            return CONFLICT if "exists already" in str(error) else REFUSED
        return outcome(list(editor.counts()), name)

    def json(self, path: str, body: Mapping[str, str]) -> Any:
        headers = {"content-type": "application/json"}
        return self.api.call("POST", path, content=json.dumps(body).encode(), headers=headers)

    def known(self) -> list[str]:
        items = self.api.call("GET", "/api/v1/people").json()["items"]
        return sorted(item["name"] for item in items)


def sent(edge: Connection, photo: PhotoInfo, jpeg: bytes) -> Message:
    edge.send(Message(Kind.PHOTO, photo.to_meta(), jpeg))
    while True:
        message = edge.receive(20.0)
        if message.kind in (Kind.VERDICT, Kind.ERROR):
            return message


def picture_through(doors: Doors, door: str, filename: str, content: bytes) -> str:
    api, file = doors.api, (filename, content, "application/octet-stream")
    options: dict[str, Any]
    if door == "folder":
        (doors.folder / "Ada").mkdir(parents=True)
        (doors.folder / "Ada" / filename).write_bytes(content)
        output = doors.folder.with_suffix(".pkl")
        report = train(doors.folder, output, doors.detector, doors.encoder, quality=Quality.OFF)
        (photo,) = report.photos
        assert photo.used or photo.message
        return TAKEN if photo.used else REFUSED
    if door == "wire":
        with doors.edge() as edge:
            answer = sent(edge, PhotoInfo(1, "Ada", "1.jpg"), content)
            assert sent(edge, PhotoInfo(2, "Ada", "2.jpg"), doors.photo).kind is Kind.VERDICT
        return TAKEN if answer.kind is Kind.VERDICT and answer.meta["kept"] else REFUSED
    if door == "table":
        doors.folder.mkdir(parents=True)
        (doors.folder / filename).write_bytes(content)
        job = RegistryImport(
            api.store,
            PhotoExaminer(doors.detector, doors.encoder, doors.landmarks()),
            Pictures(doors.folder),
            ImportOptions(use_poor=True),
        )
        rows = [RegistryRow(2, "Ada", "", filename, {})]
        (row,) = job.run(rows, str(doors.folder), lambda: 1.0)  # an import of its own
        return TAKEN if row.verdict.known else REFUSED
    if door == "samples":
        person = api.call("POST", "/api/v1/people", json={"name": "Ada"}).json()["id"]
        path, options = f"/api/v1/people/{person}/samples", {"files": {"files": file}}
    elif door == "CompreFace":
        path, options = "/api/v1/recognition/faces?subject=Ada", {"files": {"file": file}}
    elif door == "DeepStack":
        path = "/v1/vision/face/register"
        options = {"files": {"image": file}, "data": {"userid": "Ada"}}
    else:
        path, options = "/face/upload", {"files": {"file": file}, "data": {"name": "Ada"}}
    if door == "samples":
        path += "?use_poor=true"
    answer = api.call("POST", path, **options)
    assert answer.status_code in (200, 201, 400, 413, 415, 422), answer.text
    return TAKEN if answer.status_code < 300 else REFUSED
