"""The files of `deploy/`: they parse, pin what they build on, and name settings that there are."""

from __future__ import annotations

import argparse
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from lookout import __version__
from lookout.command_line import VariableParser
from lookout.env_file import check_environment, read_env_file
from lookout.server.settings import read_settings, server_parser
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
ADD_ON = DEPLOY / "homeassistant" / "lookout"
DOCKERFILES = sorted(DEPLOY.glob("docker/*.Dockerfile"))
COMPOSE = sorted(DEPLOY.glob("compose/compose*.yaml"))
MANIFESTS = sorted(
    path for path in DEPLOY.glob("kubernetes/**/*.yaml") if path.name != "kustomization.yaml"
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("containers.yml"))
DIGEST = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
OURS = {"recognizer", "edge", "topics", "consumer"}
PATCHES = {"gpu.yaml", "recognizers.yaml"}


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def names_of(path: Path) -> set[str]:
    """The variables of Lookout that a file names."""
    return set(re.findall(r"\bLOOKOUT_[A-Z0-9_]+", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_an_image_stands_on_a_pinned_base_and_runs_as_nobody_special(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    base = re.search(r"^ARG BASE=(.*)$", text, re.MULTILINE)
    assert base is not None
    assert DIGEST.fullmatch(base[1])
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", text, re.MULTILINE))
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {"${BASE}", *stages}
    last = text.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["1000:1000"]
    assert "HEALTHCHECK" in last
    assert "cyclonedx-py" in text


def test_the_builder_is_given_the_code_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    given = {line[1:] for line in rules if line.startswith("!")}
    assert not given & {"utils", "data", ".env", ".git", "tests"}
    assert {"lookout", "wire", "overlay", "edge", "faces", "server", "pyproject.toml"} <= given


def services() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in COMPOSE:
        for name, service in documents(path)[0]["services"].items():
            yield path.name, name, service


def test_compose_builds_its_images_or_pins_them() -> None:
    for file, name, service in services():
        image = service.get("image", "")
        if name in OURS:
            assert not image or image.startswith("lookout-"), (file, name)
        else:
            assert DIGEST.fullmatch(image), (file, name)


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_are_read_only_without_rights(name: str) -> None:
    service = next(one for _, other, one in services() if other == name and "user" in one)
    assert service["read_only"] is True
    assert service["user"] == "1000:1000"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_setting_that_the_files_name_exists() -> None:
    files = [*DOCKERFILES, *COMPOSE, *MANIFESTS, ADD_ON / "Dockerfile", ADD_ON / "run.py"]
    files += sorted(DEPLOY.glob("kubernetes/**/*.env"))
    for path in files:
        check_environment(dict.fromkeys(names_of(path) - {"LOOKOUT_"}, ""))


def test_the_examples_of_settings_can_be_read_and_hold_no_secret() -> None:
    examples = [
        DEPLOY / "compose" / ".env.example",
        *DEPLOY.glob("kubernetes/overlays/*/secrets.env.example"),
    ]
    assert len(examples) == 5
    for path in examples:
        assert read_env_file(path).values["LOOKOUT_TOKEN"] == ""


def pods() -> Iterator[dict[str, Any]]:
    for path in MANIFESTS:
        for document in documents(path):
            if document["kind"] in ("StatefulSet", "Deployment") and path.name not in PATCHES:
                yield document["spec"]["template"]["spec"]


def test_pods_have_no_rights_and_no_variables_of_services() -> None:
    assert len(list(pods())) == 3
    for pod in pods():
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsUser"] == 1000
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert rights["readOnlyRootFilesystem"] is True
            assert rights["allowPrivilegeEscalation"] is False
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_what_a_kustomization_names_lies_beside_it() -> None:
    found = sorted(DEPLOY.glob("kubernetes/**/kustomization.yaml"))
    assert len(found) == 5
    for path in found:
        document = documents(path)[0]
        patches = [patch["path"] for patch in document.get("patches", ())]
        for name in [*document.get("resources", ()), *patches]:
            assert (path.parent / name).exists(), (path, name)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_workflow_has_few_rights_and_pins_its_actions(path: Path) -> None:
    workflow = documents(path)[0]
    assert workflow["permissions"] == {"contents": "read"}
    used = [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
    platforms = workflow["jobs"]["image"]["strategy"]["matrix"]["platform"]
    assert platforms == ["linux/amd64", "linux/arm64"]


def add_on() -> dict[str, Any]:
    return documents(ADD_ON / "config.yaml")[0]


def test_the_options_of_the_add_on_are_those_of_the_server() -> None:
    options = server_parser("lookout server", {}).settable()
    for name, kind in add_on()["schema"].items():
        action = options[name.upper()]
        assert fits(action, kind), (name, kind)


def fits(action: argparse.Action, kind: object) -> bool:
    """Whether a type of Home Assistant's takes the values of an option, and no others."""
    if isinstance(kind, list):
        return isinstance(action, argparse._AppendAction)
    assert isinstance(kind, str)
    text = kind.removesuffix("?")
    if text == "bool":
        return action.nargs == 0
    if text.startswith("list("):
        words = set(text[5:-1].split("|"))
        choices = {str(choice).lower() for choice in action.choices or ()}
        return words <= choices if choices else action.dest == "detector"
    return action.nargs is None


def test_every_option_of_the_add_on_has_its_words() -> None:
    config = add_on()
    assert config["options"].keys() <= config["schema"].keys()
    for path in sorted(ADD_ON.glob("translations/*.yaml")):
        words = documents(path)[0]
        assert words["configuration"].keys() == config["schema"].keys(), path
        assert words["network"].keys() == config["ports"].keys(), path
    assert config["version"] == __version__
    assert config["ingress_port"] == 8000


def test_the_add_on_starts_the_server_with_its_options_and_the_broker() -> None:
    run = module(ADD_ON / "run.py")
    options = {
        "token": "a secret of edges",
        "no_enrol": True,
        "estimates": False,
        "keep_known_days": "forever",
        "trust": ["192.168.1.5=viewer", "10.0.0.0/8=operator"],
        "cors_origin": [],
    }
    broker = {"host": "core-mosquitto", "port": 1883, "ssl": False, "username": "addons"}
    heard = run.variables(options, broker | {"password": "of the broker"})
    check_environment(heard)
    settings = read_settings([], heard)
    assert settings.token == "a secret of edges"
    assert (settings.enrol, settings.estimates) == (False, False)
    assert settings.retention.known is None
    assert len(settings.trusted) == 2
    assert str(settings.trusted_proxies[0]) == "172.30.32.2/32"
    assert settings.mqtt is not None
    assert (settings.mqtt.host, settings.mqtt.user) == ("core-mosquitto", "addons")
    assert settings.mqtt.password == "of the broker"
    assert read_settings([], run.variables({}, {})).mqtt is None


def test_the_unit_of_the_package_is_that_of_a_clone_with_other_paths() -> None:
    build = module(DEPLOY / "debian" / "build.py")
    unit = (ROOT / "systemd" / "lookout-edge.service").read_text(encoding="utf-8")
    packaged = build.packaged(unit)
    assert "/srv/lookout" not in packaged
    assert "ExecStart=/usr/bin/lookout edge $LOOKOUT_EDGE_OPTIONS" in packaged
    assert "ReadWritePaths=/var/lib/lookout-edge\n" in packaged
    kept = {line for line in unit.splitlines() if "/srv/lookout" not in line}
    assert kept <= set(packaged.splitlines())


def test_the_package_says_what_it_needs(tmp_path: Path) -> None:
    build = module(DEPLOY / "debian" / "build.py")
    build.describe(tmp_path, "1.2-1+bookworm", "bookworm", "arm64")
    control = (tmp_path / "DEBIAN" / "control").read_text(encoding="utf-8")
    assert "Depends: python3 (>= 3.11), python3 (<< 3.12)" in control
    assert "Architecture: arm64" in control
    assert (tmp_path / "DEBIAN" / "postinst").stat().st_mode & 0o111
    assert build.source_version() == __version__


def test_the_parser_of_the_server_is_one_that_hears_variables() -> None:
    assert isinstance(server_parser("lookout server", {}), VariableParser)
