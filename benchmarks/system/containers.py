"""The files of `deploy/`, checked; an image, built and run; the package of the edge, installed.

No engine is needed. `files` needs hadolint, kubectl, kubernetes-validate and the schema of Compose;
`image` and `package` need root and Debian's buildah, bubblewrap and mmdebstrap. What is missing is
said and left out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import yaml

from benchmarks.support.command import command_parser
from benchmarks.support.image_trial import (
    ROOT,
    Builder,
    Image,
    TrialFailed,
    megabytes,
    output,
    until_it_is_well,
)
from benchmarks.support.offline_steps import recognized
from benchmarks.support.package_trial import try_package
from benchmarks.support.report import table, write_json
from lookout.edge.cameras.demo import portrait

PARTS = ("files", "image", "package")
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.34"
API, FRAMES = "18000", "18002"
PORTRAIT_ROWS = 330
READY_S = 240.0
_EPILOG = """examples:
  python -m benchmarks.containers --only files --compose-schema compose-spec.json
  python -m benchmarks.containers --only image --folder /var/tmp/trial --json image.json
  python -m benchmarks.containers --only package --arch amd64 --json package.json

The schema of Compose is in the Go module github.com/compose-spec/compose-go, schema/.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    facts: dict[str, Any] = {}
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        for part in options.only or PARTS:
            if part == "files":
                facts[part] = check_files(options.compose_schema)
            elif part == "image":
                facts[part] = try_image(options.folder, options.image)
            else:
                facts[part] = try_package(options.folder, options.arch, options.release)
    except TrialFailed as error:
        print(error, file=sys.stderr)
        return 1
    rows = [(part, what, value) for part, found in facts.items() for what, value in found.items()]
    print(table(("part", "what", "found"), rows))
    write_json(options.json, "containers", facts)
    return 0


def check_files(compose_schema: Path | None) -> dict[str, Any]:
    """hadolint, kustomize with the schemas of Kubernetes, and Compose's own schema."""
    facts: dict[str, Any] = {}
    dockerfiles = sorted(map(str, DEPLOY.rglob("*Dockerfile")))
    if tool("hadolint"):
        output([tool("hadolint"), *dockerfiles], 60)
        facts["Dockerfiles without a finding"] = len(dockerfiles)
    if tool("kubectl") and tool("kubernetes-validate"):
        for overlay in sorted((DEPLOY / "kubernetes" / "overlays").iterdir()):
            facts[f"overlay {overlay.name}, valid objects"] = validated(overlay)
    if compose_schema is not None:
        schema = json.loads(compose_schema.read_text(encoding="utf-8"))
        files = sorted(DEPLOY.glob("compose/compose*.yaml"))
        for path in files:
            jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)
        facts["Compose files, valid"] = len(files)
    return facts


def validated(overlay: Path) -> int:
    """How many objects an overlay makes, all of them valid. Raises TrialFailed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "kubernetes"
        shutil.copytree(DEPLOY / "kubernetes", copy)
        here = copy / "overlays" / overlay.name
        shutil.copy(here / "secrets.env.example", here / "secrets.env")
        text = output([tool("kubectl"), "kustomize", str(here)], 60)
        rendered = Path(folder) / "rendered.yaml"
        rendered.write_text(text, encoding="utf-8")
        output([tool("kubernetes-validate"), "--strict", "-k", KUBERNETES, str(rendered)], 120)
        return len(list(yaml.safe_load_all(text)))


def try_image(folder: Path, name: str) -> dict[str, Any]:
    """Builds an image, trains it with the portrait, starts it, and asks it who that is."""
    builder = Builder(folder)
    began_s = time.monotonic()
    builder.base(folder / "base.tar")
    based_s = time.monotonic()
    image = builder.build(DEPLOY / "docker" / f"{name}.Dockerfile", f"localhost/{name}:trial")
    built_s = time.monotonic()
    facts: dict[str, Any] = {
        "base s": round(based_s - began_s),
        "build s": round(built_s - based_s),
        "image MB": round(image.size_mb),
        "of these Lookout and its packages MB": round(megabytes(image.root / "opt/lookout")),
        "layers": image.layers,
        "user": image.config["User"],
        "packages in the bill of materials": bill(image),
    }
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    person = data / "utils" / "images" / "Eileen Collins" / "portrait.jpg"
    person.parent.mkdir(parents=True)
    cv2.imwrite(str(person), portrait()[:PORTRAIT_ROWS], [cv2.IMWRITE_JPEG_QUALITY, 95])
    output(["chown", "-R", image.config["User"], str(data)], 60)
    facts["uid inside"] = image.run(data, ["id", "-u"]).strip()
    facts["writes to its root"] = writes_to_root(image, data)
    if name.startswith("recognizer"):
        facts |= named(image, data, person)
    return facts


def named(image: Image, data: Path, person: Path) -> dict[str, Any]:
    """Trains, starts the image's own command, waits for its own health check, and asks."""
    image.run(data, ["lookout", "train"])
    began_s = time.monotonic()
    command = image.command(
        data,
        [*image.config["Entrypoint"], *image.config["Cmd"]],
        LOOKOUT_HTTP_PORT=API,
        LOOKOUT_SERVER_PORT=FRAMES,
        LOOKOUT_TRUST="127.0.0.1=operator",
        LOOKOUT_TOKEN="of-this-trial",  # noqa: S106
    )
    with (data.parent / "server.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            until_it_is_well(image, data, READY_S, LOOKOUT_HTTP_PORT=API)
            well_s = time.monotonic() - began_s
            answer = recognized(API, person)
            named_s = time.monotonic() - began_s
        finally:
            server.terminate()
            server.wait(30)
    names = [(face.get("person") or {}).get("name") for face in answer["faces"]]
    return {
        "well after s": round(well_s, 1),
        "named after s": round(named_s, 1),
        "names": ", ".join(map(str, names)),
    }


def writes_to_root(image: Image, data: Path) -> bool:
    try:
        image.run(data, ["touch", "/opt/lookout/written"])
    except TrialFailed:
        return False
    return True


def bill(image: Image) -> int:
    """How many packages the image's own bill of materials lists."""
    text = (image.root / "opt/lookout/sbom.cdx.json").read_text(encoding="utf-8")
    return len(json.loads(text)["components"])


def tool(name: str) -> str:
    """The path of a program, beside this Python or anywhere; empty where it is missing."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name) or ""


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("containers", __doc__, _EPILOG)
    add = parser.add_argument
    add("--only", action="append", choices=PARTS, help="may be repeated (all)")
    add("--folder", type=Path, default=Path("results/containers"), help="(%(default)s)")
    add("--image", default="recognizer", choices=("recognizer", "edge"), help="(%(default)s)")
    add("--arch", default="amd64", choices=("amd64", "arm64"), help="of the package (%(default)s)")
    add("--release", default="bookworm", choices=("bookworm", "trixie"), help="(%(default)s)")
    add("--compose-schema", type=Path, metavar="FILE", help="compose-spec.json")
    add("--json", type=Path, help="write the figures there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
