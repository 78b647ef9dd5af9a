"""The data of a machine that coordinates a federation and is one of its sites, after two rounds."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from lookout.server.federated.joining import SiteRecord, save_site
from lookout.server.federated.members import Members
from lookout.server.federated.plan import RoundPlan
from lookout.server.federated.signing import public_of, to_base64
from tests.server.federated.federation import ENCODER, counted, federation

ADDRESS = "federation.example:8443"
NAMES = ("Lyon", "Genoa", "Bristol")


def found_federation(folder: Path) -> Members:
    """Founds one in the folder `federated` of a server's data: three sites, of which the last was
    silent in the second round; the first is this machine. It took the first round over, and the
    second only if its noise left it better."""
    members = Members.found(folder / "coordinator", time.time, ADDRESS)
    sites = [admitted(members, name) for name in NAMES]
    with tempfile.TemporaryDirectory() as apart:
        here = federation(
            Path(apart),
            {site: counted({18: 2, 31: 98}) for site in sites},
            coordinator=(members.key, members.folder),
        )
        here.coordinator.run(RoundPlan(ENCODER), here)
        here.lost = lambda site, body: site == sites[-1] and body["kind"] != "greet"
        here.coordinator.run(RoundPlan(ENCODER, epsilon=3.0), here)
        shutil.copytree(Path(apart) / sites[0], folder / "site")
    coordinator = to_base64(public_of(members.key))
    save_site(folder / "site", SiteRecord(sites[0], NAMES[0], ADDRESS, coordinator, 30.0))
    return members


def admitted(members: Members, name: str) -> str:
    """The id of a new member."""
    token = str(json.loads(members.invite(name))["token"])
    return members.admit(token, secrets.token_bytes(32))["site"]
