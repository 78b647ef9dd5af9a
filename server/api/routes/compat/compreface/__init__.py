"""CompreFace's routes, so that its clients work unchanged: subjects, faces, recognition.

A subject is a person by name. Plug-ins there are: `landmarks`, `calculator`, `pose` and `mask`, and
with `--estimates` and an installed network `age` and `gender`. docs/api.md has the scale of
`similarity`.
"""

from __future__ import annotations

from lookout.server.api.routes.compat.compreface import (
    comparison,
    embeddings,
    faces,
    recognition,
    subjects,
)

ROUTERS = (
    subjects.router,
    faces.router,
    recognition.router,
    comparison.router,
    embeddings.router,
)
PREFIXES = ("/api/v1/recognition", "/api/v1/detection", "/api/v1/verification", "/api/v1/static")
