"""Puts the application together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware

from lookout.server.api.dependencies import ApiSettings, Dependencies
from lookout.server.api.errors.envelope import Envelopes
from lookout.server.api.middleware.base_path import BasePath
from lookout.server.api.middleware.gatekeeper import Gatekeeper
from lookout.server.api.routes import (
    alert_definitions,
    alerts,
    analytics,
    audit,
    camera_setup,
    cameras,
    dashboard,
    decisions,
    deepfake,
    docs,
    events,
    federated,
    federated_weights,
    health,
    jobs,
    live_pictures,
    liveness,
    merges,
    models,
    movement,
    overview,
    people,
    plans,
    push,
    recognize,
    rejections,
    samples,
    sightings,
    sign_in,
    stream_answers,
    unknown,
    users,
    videos,
    wanted,
)
from lookout.server.api.routes.compat import compreface, deepstack, predecessors
from lookout.server.api.routes.compat.dialects import compreface_dialect, deepstack_dialect
from lookout.server.api.security.audit_trail import AuditLog
from lookout.server.api.security.authorization import SECURITY_SCHEMES
from lookout.server.sockets.install import install_sockets

DESCRIPTION = """\
Who is in this picture, who was seen where and when, and who is known. Every error has one form: a
code for programs, a message for people, details, and the request's id, which is also in the log."""

CORS_MAX_AGE_S = 600

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    docs.router,
    dashboard.router,
    people.router,
    merges.router,
    samples.router,
    recognize.router,
    stream_answers.router,
    liveness.router,
    deepfake.router,
    deepfake.predecessor_router,
    federated.router,
    federated_weights.router,
    federated_weights.predecessor_router,
    sightings.router,
    decisions.router,
    unknown.router,
    rejections.router,
    events.router,
    overview.router,
    live_pictures.router,  # first: `live` is no id of a camera
    camera_setup.router,
    cameras.router,
    plans.router,
    movement.router,
    analytics.router,
    alerts.router,  # before the definitions: /rules/dry-run is no rule
    alerts.latest_router,
    push.router,
    wanted.router,
    alert_definitions.router,
    jobs.router,
    models.router,
    videos.router,
    *compreface.ROUTERS,
    deepstack.router,
    predecessors.router,
    sign_in.router,
    users.router,
    audit.router,
)


def make_app(settings: ApiSettings, parts: Dependencies) -> FastAPI:
    """The application; it opens nothing and owns no thread."""
    app = FastAPI(
        title="Lookout",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        separate_input_output_schemas=False,
    )
    app.state.parts = parts
    app.state.audit_log = AuditLog(parts.store)
    app.state.settings = settings
    # not included one by one: FastAPI would read all of them once more at the first request
    app.router.routes.extend(route for router in ROUTERS for route in router.routes)
    docs.mount_files(app)
    install_sockets(app, parts, settings.recheck_s)
    dashboard.mount_files(app)
    envelopes = Envelopes(
        {
            **dict.fromkeys(compreface.PREFIXES, compreface_dialect),
            deepstack.PREFIX: deepstack_dialect,
            predecessors.PREFIX: predecessors.recognition_dialect,
        }
    )
    envelopes.install(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "x-api-key", "x-request-id"),
            expose_headers=("x-request-id", "Retry-After"),
            max_age=CORS_MAX_AGE_S,
        )
    app.add_middleware(
        Gatekeeper,
        envelopes=envelopes,
        metrics=parts.metrics,
        no_auth=settings.no_auth,
        origins=settings.cors_origins,
        hosts=settings.allowed_hosts,
    )
    app.add_middleware(BasePath, base_path=settings.base_path, trust=settings.trust)
    _describe_security(app)
    return app


def _describe_security(app: FastAPI) -> None:
    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                separate_input_output_schemas=False,
            )
            components = schema.setdefault("components", {})
            components["securitySchemes"] = dict(SECURITY_SCHEMES)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
