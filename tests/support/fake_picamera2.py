"""A picamera2 that runs without a Pi and accepts only the calls that the real one accepts.

The real package cannot be imported without libcamera, but its source can be read: the signatures
of every class and function that is used here are taken from it with `ast`.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any


class RealSignatures:
    """The signatures in the source of an installed picamera2."""

    def __init__(self, package: Path) -> None:
        self._package = package

    def of(self, file: str, name: str, method: str | None = None) -> inspect.Signature:
        """A function's signature, or a method's without `self`."""
        scope = ast.parse((self._package / file).read_text(encoding="utf-8")).body
        if method is not None:
            scope = next(n for n in scope if isinstance(n, ast.ClassDef) and n.name == name).body
        wanted = method or name
        function = next(n for n in scope if isinstance(n, ast.FunctionDef) and n.name == wanted)
        static = any(getattr(d, "id", "") == "staticmethod" for d in function.decorator_list)
        parameters = list(_parameters(function.args))
        return inspect.Signature(parameters[1 if method and not static else 0 :])

    def exported(self, file: str) -> set[str]:
        """The names that a module of the package imports or defines at its top level."""
        names: set[str] = set()
        for node in ast.walk(ast.parse((self._package / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(node.name)
        return names

    def members(self, file: str, name: str) -> set[str]:
        """The names that are assigned in a class body: the members of an enum."""
        tree = ast.parse((self._package / file).read_text(encoding="utf-8"))
        body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name).body
        return {t.id for n in body if isinstance(n, ast.Assign) for t in n.targets}  # type: ignore[attr-defined]


def _parameters(arguments: ast.arguments) -> Iterator[inspect.Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    for index, argument in enumerate(positional):
        default = inspect.Parameter.empty if index < required else None
        yield inspect.Parameter(
            argument.arg, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default
        )
    for argument in arguments.kwonlyargs:
        yield inspect.Parameter(argument.arg, inspect.Parameter.KEYWORD_ONLY, default=None)


class Platform(Enum):
    VC4 = 0  # up to the Pi 4: encodes by hardware
    PISP = 1  # the Pi 5: does not


class Quality(Enum):
    VERY_HIGH = 4


class FakePi:
    """The modules of a picamera2 on a Pi; `modules` is what `sys.modules` should hold.

    Every call is bound to the real signature; a call that the real package would refuse raises
    TypeError. The camera "sees" `jpegs`, which its encoder writes to the output, over and over.
    """

    def __init__(self, real: RealSignatures, jpegs: list[bytes], platform: Platform) -> None:
        self.calls: list[str] = []
        self.arguments: dict[str, dict[str, Any]] = {}
        self.silent = False
        self.missing = False
        self._real = real
        self._jpegs = jpegs
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.modules = {
            "picamera2": ModuleType("picamera2"),
            "picamera2.encoders": ModuleType("picamera2.encoders"),
            "picamera2.outputs": ModuleType("picamera2.outputs"),
            "picamera2.platform": ModuleType("picamera2.platform"),
        }
        self.modules["picamera2"].Picamera2 = self._camera_class()  # type: ignore[attr-defined]
        encoders: Any = self.modules["picamera2.encoders"]
        encoders.Quality = Quality
        encoders.MJPEGEncoder = self._constructor("encoders/mjpeg_encoder.py", "MJPEGEncoder")
        encoders.JpegEncoder = self._constructor("encoders/jpeg_encoder.py", "JpegEncoder")
        outputs: Any = self.modules["picamera2.outputs"]
        outputs.FileOutput = self._constructor("outputs/fileoutput.py", "FileOutput")
        where: Any = self.modules["picamera2.platform"]
        where.Platform, where.get_platform = Platform, lambda: platform

    def _bind(self, file: str, name: str, method: str, args: Any, kwargs: Any) -> dict[str, Any]:
        bound = dict(self._real.of(file, name, method).bind(*args, **kwargs).arguments)
        called = name if method == "__init__" else method
        self.calls.append(called)
        self.arguments[called] = bound
        return bound

    def _constructor(self, file: str, name: str) -> Any:
        def construct(*args: Any, **kwargs: Any) -> dict[str, Any]:
            return {"class": name, **self._bind(file, name, "__init__", args, kwargs)}

        return construct

    def _camera_class(self) -> type:
        pi, file = self, "picamera2.py"

        class Picamera2:
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                pi._bind(file, "Picamera2", "__init__", args, kwargs)
                if pi.missing:
                    raise RuntimeError("No camera number 0 found")  # as the real one does

            @staticmethod
            def global_camera_info() -> list[dict[str, Any]]:
                return [] if pi.missing else [{"Model": "imx708", "Num": 0}]

            def start_recording(self, *args: Any, **kwargs: Any) -> None:
                bound = pi._bind(file, "Picamera2", "start_recording", args, kwargs)
                pi._record(bound["output"]["file"])

            def stop_recording(self, *args: Any, **kwargs: Any) -> None:
                pi._bind(file, "Picamera2", "stop_recording", args, kwargs)
                pi._end()

            def __getattr__(self, method: str) -> Any:
                def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
                    return pi._bind(file, "Picamera2", method, args, kwargs)

                return call

        return Picamera2

    def _record(self, sink: Any) -> None:
        self._stop.clear()

        def write() -> None:  # as FileOutput does: one write and one flush a frame
            for jpeg in itertools.cycle(self._jpegs):
                if self._stop.wait(0.02):
                    return
                if not self.silent:
                    sink.write(memoryview(jpeg))
                    sink.flush()

        self._thread = threading.Thread(target=write)
        self._thread.start()

    def _end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
