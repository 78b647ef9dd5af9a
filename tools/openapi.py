"""Writes the OpenAPI that the dashboard's types are made of: `make dashboard`.

It is the server's own, without the routes that imitate other products and without the answers of
400 and above, which all have the one envelope.
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast

from lookout.server.api.application import make_app
from lookout.server.api.dependencies import ApiSettings, Dependencies
from lookout.server.api.services.metrics import Metrics

IMITATIONS = frozenset({"CompreFace", "DeepStack", "predecessors"})


class NoParts:
    """In the place of what routes work with: none of them is called."""

    metrics = Metrics()

    def __getattr__(self, name: str) -> None:
        return None


def openapi() -> dict[str, Any]:
    """The description; it needs no store and no network."""
    described = make_app(ApiSettings(), cast(Dependencies, NoParts())).openapi()
    paths: dict[str, dict[str, dict[str, Any]]] = {}
    for path, methods in described["paths"].items():
        kept = {
            method: {**operation, "responses": _successes(operation["responses"])}
            for method, operation in methods.items()
            if IMITATIONS.isdisjoint(operation.get("tags", ()))
        }
        if kept:
            paths[path] = kept
    used = _referred(paths, described["components"]["schemas"])
    return {**described, "paths": paths, "components": {"schemas": used}}


def _successes(responses: dict[str, Any]) -> dict[str, Any]:
    return {status: answer for status, answer in responses.items() if int(status) < 400}


def _referred(value: object, schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas that a value refers to, and those that they refer to."""
    found: dict[str, Any] = {}
    todo = [value]
    while todo:
        match todo.pop():
            case {"$ref": str(reference)}:
                name = reference.rpartition("/")[2]
                if name not in found:
                    found[name] = schemas[name]
                    todo.append(schemas[name])
            case dict(inner):
                todo += inner.values()
            case list(items):
                todo += items
    return found


if __name__ == "__main__":
    json.dump(openapi(), sys.stdout, indent=1, sort_keys=True)
