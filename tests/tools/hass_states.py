"""Home Assistant itself, listening to a broker; runs in an environment of its own with it.

    python hass_states.py CONFIG_FOLDER BROKER_PORT

Each line on its input, a JSON object, is answered with the states of all entities of MQTT, and its
devices, as one line of JSON; with `action`, `entity` (the end of its unique id) and `data`, an
action is called before. `tests.tools.home_assistant` starts it.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

from homeassistant import bootstrap, const, runner  # type: ignore[import-not-found]
from homeassistant.helpers import device_registry, entity_registry  # type: ignore[import-not-found]

ENTRY: dict[str, object] = {
    "created_at": "2025-01-01T00:00:00+00:00",
    "modified_at": "2025-01-01T00:00:00+00:00",
    "disabled_by": None,
    "discovery_keys": {},
    "domain": "mqtt",
    "entry_id": "lookout",
    "minor_version": 2,
    "options": {},
    "pref_disable_new_entities": False,
    "pref_disable_polling": False,
    "source": "user",
    "subentries": [],
    "title": "broker",
    "unique_id": None,
    "version": 1,
}


BLUEPRINTS = Path(__file__).parents[2] / "docs" / "blueprints"
CONFIGURATION = """
http:
  server_host: 127.0.0.1
  server_port: {http}
logger:
  default: warning
counter:
  strangers:
  ada:
automation:
  - use_blueprint:
      path: lookout/unknown_person.yaml
      input:
        camera_event: event.yard_event
        actions:
          - action: counter.increment
            target:
              entity_id: counter.strangers
  - use_blueprint:
      path: lookout/somebody_is_there.yaml
      input:
        person_event: event.ada_event
        actions:
          - action: counter.increment
            target:
              entity_id: "counter.{{{{ 'ada' if camera == 'door' else 'strangers' }}}}"
"""


async def main(folder: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        http = free.getsockname()[1]
    (folder / "configuration.yaml").write_text(CONFIGURATION.format(http=http))
    blueprints = folder / "blueprints" / "automation" / "lookout"
    shutil.copytree(BLUEPRINTS, blueprints, dirs_exist_ok=True)
    storage = folder / ".storage"
    storage.mkdir(exist_ok=True)
    entries = storage / "core.config_entries"
    if not entries.exists():
        data = {"broker": "127.0.0.1", "port": port, "discovery": True}
        document = {
            "version": 1,
            "minor_version": 4,
            "key": "core.config_entries",
            "data": {"entries": [{**ENTRY, "data": data}]},
        }
        entries.write_text(json.dumps(document))
    bootstrap.CRITICAL_INTEGRATIONS = set()  # no page is to be shown, so none need be installed
    hass = await bootstrap.async_setup_hass(
        runner.RuntimeConfig(config_dir=str(folder), skip_pip=True)
    )
    assert hass is not None
    await hass.async_start()
    print(json.dumps({"version": const.__version__}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        question = json.loads(line)
        if "action" in question:
            await _call(hass, question)
        await hass.async_block_till_done()
        print(json.dumps(_told(hass)), flush=True)
    await hass.async_stop(force=True)


async def _call(hass: Any, question: dict[str, Any]) -> None:
    entities = entity_registry.async_get(hass).entities.values()
    domain, _, service = question["action"].partition(".")
    (entity,) = (
        one.entity_id
        for one in entities
        if one.unique_id.endswith(question["entity"]) and one.domain == domain
    )
    data = {"entity_id": entity, **question["data"]}
    await hass.services.async_call(domain, service, data, blocking=True)


def _told(hass: Any) -> dict[str, Any]:
    entities = entity_registry.async_get(hass).entities
    devices = device_registry.async_get(hass).devices
    states = {}
    for entity in entities.values():
        state = hass.states.get(entity.entity_id)
        if entity.platform == "mqtt":
            states[entity.unique_id] = {
                "entity": entity.entity_id,
                "name": entity.name or entity.original_name,
                "state": None if state is None else state.state,
                "attributes": {} if state is None else _plain(state.attributes),
            }
    for counter in hass.states.async_all("counter"):
        states[counter.entity_id.replace(".", "_")] = {"state": counter.state, "attributes": {}}
    named = {
        next(iter(device.identifiers))[1]: device.name
        for device in devices.values()
        if any(domain == "mqtt" for domain, *_ in device.identifiers)
    }
    return {"states": states, "devices": named}


def _plain(attributes: Any) -> Any:
    return json.loads(json.dumps(dict(attributes), default=str))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
