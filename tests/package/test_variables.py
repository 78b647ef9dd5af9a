"""The table of variables is what the options of the programs are, and what it says is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.command_line import VariableParser, command_parser
from lookout.edge.settings import edge_parser
from lookout.edge.settings import read_settings as read_edge
from lookout.server.commands.consume import consume_parser
from lookout.server.commands.frigate import frigate_parser
from lookout.server.settings import read_settings as read_server
from lookout.server.settings import server_parser
from lookout.train import train_parser
from lookout.variables import (
    ELSEWHERE,
    OPTIONS,
    PASSED_ON,
    SECRETS,
    SHARED,
    BadVariables,
    check_names,
    check_together,
    variable_names,
)

PARSERS = {
    "server": server_parser,
    "edge": edge_parser,
    "consume": consume_parser,
    "frigate": frigate_parser,
}


@pytest.mark.parametrize("program", OPTIONS)
def test_the_table_names_the_options_of_each_program(program: str) -> None:
    options = PARSERS[program](f"lookout {program}", {}).settable()
    assert OPTIONS[program] == options.keys(), (
        f"a new option of {program} needs its name in lookout/variables.py and in "
        "docs/configuration.md"
    )


def test_what_is_shared_is_an_option_of_the_server() -> None:
    assert OPTIONS["server"] > SHARED


def test_one_name_alone_is_heard_by_two_programs_in_two_ways_and_means_the_same_to_both() -> None:
    own = {f"{who.upper()}_{name}" for who, names in OPTIONS.items() for name in names}
    plain = OPTIONS["server"] | OPTIONS["edge"] | SECRETS | ELSEWHERE | PASSED_ON
    assert own & plain == {"SERVER_PORT"}
    heard = {"LOOKOUT_SERVER_PORT": "9002"}
    assert read_server([], heard).port == read_edge([], heard).server_port == 9002


def test_an_option_is_taken_from_the_environment_and_the_command_line_counts_for_more() -> None:
    heard = {"LOOKOUT_HTTP_PORT": "9000", "LOOKOUT_TRUST": "10.0.0.0/8=viewer, 10.0.0.9=admin"}
    assert read_server([], heard).http_port == 9000
    assert read_server(["--http-port", "9001"], heard).http_port == 9001
    assert [str(one.role) for one in read_server([], heard).trusted] == ["viewer", "admin"]
    said = read_server(["--trust", "10.0.0.3=operator"], heard)
    assert [str(one.role) for one in said.trusted] == ["operator"]


def test_a_program_is_heard_by_its_own_name_before_the_common_one() -> None:
    heard = {"LOOKOUT_PORT": "9000", "LOOKOUT_EDGE_PORT": "9001"}
    assert read_server([], heard).port == 9000
    assert read_edge([], heard).port == 9001


@pytest.mark.parametrize(
    ("text", "http"), [("yes", True), ("on", True), ("1", True), ("no", False), ("False", False)]
)
def test_a_switch_is_yes_or_no(text: str, http: bool) -> None:
    assert read_server([], {"LOOKOUT_HTTP": text}).http is http


def test_a_switch_that_takes_something_away_has_the_name_of_its_option() -> None:
    assert read_server([], {"LOOKOUT_NO_ENROL": "yes"}).enrol is False
    assert read_server([], {"LOOKOUT_NO_ENROL": "no"}).enrol is True


def test_an_empty_variable_is_none() -> None:
    assert read_server([], {"LOOKOUT_HTTP_PORT": ""}).http_port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("LOOKOUT_HTTP_PORT", "many", "LOOKOUT_HTTP_PORT: invalid"),
        ("LOOKOUT_ESTIMATES", "perhaps", "LOOKOUT_ESTIMATES: 'perhaps' is neither yes nor no"),
        ("LOOKOUT_RULE", "new", "LOOKOUT_RULE: invalid choice"),
    ],
)
def test_a_value_that_cannot_be_meant_is_told_by_the_name_of_the_variable(
    variable: str, value: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_server([], {variable: value})
    assert words in capsys.readouterr().err


def test_the_edge_repeats_no_password_of_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_edge([], {"LOOKOUT_SERVER_IP": "rtsp://me:hunter22@10.0.0.7"})
    told = capsys.readouterr().err
    assert "LOOKOUT_SERVER_IP" in told
    assert "hunter22" not in told


def test_help_is_shown_whatever_the_variables_say(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        read_server(["--help"], {"LOOKOUT_HTTP_PORT": "many"})
    assert left.value.code == 0
    assert "--http-port" in capsys.readouterr().out


def test_a_file_on_the_command_line_hides_the_secret_of_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from the file\n", encoding="utf-8")
    heard = {"LOOKOUT_TOKEN_FILE": str(file)}
    assert read_server([], heard).token == "from the file"
    assert read_server(["--token", "typed"], heard).token == "typed"
    said = read_server(["--token-file", str(file)], {"LOOKOUT_TOKEN": "of the environment"})
    assert said.token == "from the file"


def test_an_address_on_the_command_line_hides_the_servers_of_a_variable() -> None:
    heard = {"LOOKOUT_SERVER": "a:8002,b:8002"}
    assert read_edge([], heard).server_host == "a"
    assert read_edge(["--serverIP", "10.0.0.7"], heard).server_host == "10.0.0.7"


def test_a_key_of_the_edge_alone_hides_the_common_file(tmp_path: Path) -> None:
    heard = {"LOOKOUT_TOKEN_FILE": str(tmp_path / "missing"), "LOOKOUT_EDGE_TOKEN": "its own"}
    assert read_edge([], heard).token == "its own"


def test_the_commands_take_the_settings_of_the_server_and_no_others() -> None:
    heard = {"LOOKOUT_DEVICE": "cpu", "LOOKOUT_QUALITY": "off", "LOOKOUT_OUTPUT": "x"}
    given = train_parser("lookout train", heard).parse_args([])
    assert (given.device, str(given.quality)) == ("cpu", "off")
    assert "x" not in str(given.output)


def test_frigates_cameras_are_not_the_edges() -> None:
    heard = {"LOOKOUT_CAMERA": "0", "LOOKOUT_MQTT": "mqtt://broker"}
    given = frigate_parser("lookout frigate", heard).parse_args([])
    assert not given.camera
    assert given.mqtt.host == "broker"
    heard["LOOKOUT_FRIGATE_CAMERA"] = "door,gate"
    assert frigate_parser("lookout frigate", heard).parse_args([]).camera == ["door", "gate"]


def test_a_subcommand_hears_variables_too_unless_its_options_mean_something_else() -> None:
    def parser() -> VariableParser:
        whole = command_parser("lookout x", None)
        whole.environment = {}
        commands = whole.add_subparsers()
        for name in ("like", "unlike"):
            sub = commands.add_parser(name)
            sub.add_argument("--rule")
            sub.environment, sub.hears = {"LOOKOUT_RULE": "original"}, name == "like"
        return whole

    assert parser().parse_args(["like"]).rule == "original"
    assert parser().parse_args(["unlike"]).rule is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LOOKOUT_HTTP_PROT", "did you mean LOOKOUT_HTTP_PORT?"),
        ("LOOKOUT_SEVER_IP", "did you mean LOOKOUT_SERVER_IP?"),
        ("LOOKOUT_EDGE_CAMRA", "did you mean LOOKOUT_EDGE_CAMERA?"),
        ("MONGO_URL", "did you mean MONGO_URI?"),
        ("LOOKOUT_QQQQQQQQQQQQ", "`lookout config show` lists"),
        ("LOOKOUT_SERVICE_HOST", "enableServiceLinks: false"),
        ("LOOKOUT_PORT_8000_TCP", "enableServiceLinks: false"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_right_one(name: str, words: str) -> None:
    with pytest.raises(BadVariables, match=f"there is no setting {name}") as told:
        check_names([name], "here")
    assert words in str(told.value)


def test_two_ways_to_say_the_same_exclude_each_other() -> None:
    both = {"LOOKOUT_TOKEN": "a", "LOOKOUT_TOKEN_FILE": "b"}
    with pytest.raises(BadVariables, match="exclude each other"):
        check_together(both, "here")
    check_together({"LOOKOUT_TOKEN": "a", "LOOKOUT_EDGE_TOKEN_FILE": "b"}, "here")


def test_the_page_of_the_documentation_lists_every_variable() -> None:
    from tests.support.paths import ROOT

    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    plain = OPTIONS["server"] | OPTIONS["edge"] | SECRETS | ELSEWHERE | PASSED_ON
    missing = {f"LOOKOUT_{name}" for name in plain if f"`LOOKOUT_{name}`" not in page}
    own = {"consume": "CONSUME", "frigate": "FRIGATE"}
    missing |= {
        name
        for program, prefix in own.items()
        for option in OPTIONS[program] - SHARED
        if f"`{(name := f'LOOKOUT_{prefix}_{option}')}`" not in page
    }
    assert not missing
    assert {f"LOOKOUT_{name}" for name in plain} < variable_names()
