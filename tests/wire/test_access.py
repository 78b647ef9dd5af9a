"""The shared secret of a command line, and addresses that only this machine can reach."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from lookout.wire.access import TOKEN_VARIABLE, BadToken, add_token_options, is_loopback, read_token


def token(*arguments: str, environment: str | None = None) -> str:
    parser = argparse.ArgumentParser()
    add_token_options(parser.add_argument)
    variables = {} if environment is None else {TOKEN_VARIABLE: environment}
    return read_token(parser.parse_args(arguments), variables)


def test_the_secret_comes_from_the_line_or_a_file_and_else_from_the_environment(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    assert token() == ""
    assert token(environment="around") == "around"
    assert token("--token", "said", environment="around") == "said"
    assert token("--token-file", str(file), environment="around") == "from a file"


def test_what_is_no_secret_is_refused_with_a_message(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for arguments, message in (
        (["--token", ""], "token is empty"),
        (["--token-file", str(empty)], "token is empty"),
        (["--token-file", str(tmp_path / "none")], "none cannot be read"),
        (["--token-file", str(empty), "--token", "said"], "give one of them"),
    ):
        with pytest.raises(BadToken, match=message):
            token(*arguments)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - compared, not bound
        ("192.168.1.20", False),
        ("gpu.local", False),
    ],
)
def test_only_loopback_addresses_are_out_of_reach(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone
