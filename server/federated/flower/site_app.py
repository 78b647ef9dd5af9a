"""What a SuperNode starts for each message: the site's desk, and never what a coordinator sent.

Flower's own `flwr-clientapp` unpacks the bundle of code that came from the SuperLink and runs it: a
coordinator could have any site run anything. This program stands in its place. It takes the
message, leaves the bundle where it is, and lets the site's own code answer. Runs in Flower's
environment.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

from flwr.app import ConfigRecord, Message, RecordDict
from flwr.common.constant import SubStatus
from flwr.supercore.interceptors import RuntimeTokenHttpInterceptor, RuntimeVersionHttpInterceptor
from flwr.supercore.retry import make_simple_http_retry_invoker
from flwr.supercore.runtime import RuntimeHttpClient
from flwr.supernode.runtime.run_clientapp import pull_task_input, push_message, push_task_output

from lookout.server.federated.flower.environment import SITE
from lookout.server.federated.flower.record import FIELD, RECORD
from lookout.server.federated.joining import open_desk


def main(arguments: Sequence[str] | None = None) -> int:
    """One message of one task."""
    given, _ = _parser().parse_known_args(arguments)
    client = RuntimeHttpClient.from_server_address(
        server_address=given.runtime_api_address,
        insecure=True,
        root_certificates=None,
        interceptors=[
            RuntimeVersionHttpInterceptor(component_name="flwr-clientapp"),
            RuntimeTokenHttpInterceptor(given.token),
        ],
        retry_invoker=make_simple_http_retry_invoker(),
    )
    try:
        message, context, _, _ = pull_task_input(client)
        desk = open_desk(Path(os.environ[SITE]), time.time)
        answer = desk.answer(bytes(message.content[RECORD][FIELD]))
        content = RecordDict({RECORD: ConfigRecord({FIELD: answer})})
        push_message(client, Message(content, reply_to=message), context)
        push_task_output(client, context, SubStatus.COMPLETED, "")
    finally:
        client.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime-api-address", required=True)
    parser.add_argument("--token", required=True)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
