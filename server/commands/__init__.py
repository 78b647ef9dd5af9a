"""The server's other commands, each a module with `main(arguments, prog) -> exit status`."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "alerts": "lookout.server.commands.alerts",
    "backup": "lookout.server.commands.backup",
    "cameras": "lookout.server.commands.cameras",
    "cluster": "lookout.server.commands.cluster",
    "consume": "lookout.server.commands.consume",
    "doctor": "lookout.server.commands.doctor",
    "engine": "lookout.server.commands.engine",
    "federated": "lookout.server.commands.federated",
    "frigate": "lookout.server.commands.frigate",
    "import": "lookout.server.commands.import_registry",
    "import-gallery": "lookout.server.commands.import_gallery",
    "keys": "lookout.server.commands.keys",
    "movement": "lookout.server.commands.movement",
    "people": "lookout.server.commands.people",
    "plans": "lookout.server.commands.plans",
    "pose": "lookout.server.commands.pose",
    "recognize": "lookout.server.commands.recognize",
    "restore": "lookout.server.commands.restore",
    "rotate-key": "lookout.server.commands.rotate_key",
    "storage": "lookout.server.commands.storage",
    "topics": "lookout.server.commands.topics",
}
"""A command's name and its module, which is loaded only when the command is run."""
