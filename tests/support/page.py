"""The edge with its page, for a browser."""

from __future__ import annotations

from pathlib import Path

from benchmarks.support.programs import Program, start_edge

FPS = 15
"""Chromium decodes and draws by the processor: at 30 a second it takes a whole core."""


def start_page(folder: Path, server_port: int, camera: str = "demo") -> Program:
    """An edge whose page listens at `address_of` it; its photographs are in `folder`/images."""
    return start_edge(folder, server_port, camera, "--camera-name", "Front door", "--fps", str(FPS))


def address_of(edge: Program) -> str:
    return f"http://127.0.0.1:{edge.port}"
