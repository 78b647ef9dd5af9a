"""Where files lie: by the environment, the working folder, else the user's own folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.edge.settings import read_settings as read_edge_settings
from lookout.paths import cache_folder, config_folder, find_home
from lookout.server.settings import read_settings as read_server_settings


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user who has set nothing, and who works in an empty folder of it."""
    working = tmp_path / "user" / "work"
    working.mkdir(parents=True)
    monkeypatch.chdir(working)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for variable in ("LOOKOUT_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "user"


def test_people_are_in_the_users_data_folder_where_nothing_else_is_said(user: Path) -> None:
    home = find_home()
    assert home.folder == user / ".local" / "share" / "lookout"
    assert home.images == home.folder / "utils" / "images"
    assert home.encodings == home.folder / "utils" / "encodings.pkl"
    assert home.store == home.folder / "data"


@pytest.mark.parametrize("there", ["utils/images/Ada", "utils/images"])
def test_a_working_folder_with_photographs_is_the_home(user: Path, there: str) -> None:
    (user / "work" / there).mkdir(parents=True)
    assert find_home().folder == user / "work"


def test_a_working_folder_with_a_gallery_is_the_home(user: Path) -> None:
    (user / "work" / "utils").mkdir()
    (user / "work" / "utils" / "encodings.pkl").touch()
    assert find_home().folder == user / "work"


def test_a_folder_of_another_programs_utils_is_not_the_home(user: Path) -> None:
    (user / "work" / "utils").mkdir()
    (user / "work" / "utils" / "helpers.py").touch()
    assert find_home().folder == user / ".local" / "share" / "lookout"


@pytest.mark.parametrize(
    ("chosen", "folder"),
    [("/srv/faces", "/srv/faces"), ("kept", "work/kept"), ("~/faces", "faces")],
)
def test_the_environment_goes_before_the_working_folder(
    user: Path, chosen: str, folder: str
) -> None:
    (user / "work" / "utils" / "images").mkdir(parents=True)
    assert find_home({"LOOKOUT_HOME": chosen}).folder == user / folder


def test_an_empty_variable_is_as_good_as_none(user: Path) -> None:
    assert find_home({"LOOKOUT_HOME": "", "XDG_DATA_HOME": ""}) == find_home({})


def test_each_folder_of_the_desktop_specification_can_be_set(user: Path) -> None:
    chosen = {
        "XDG_DATA_HOME": str(user / "d"),
        "XDG_CONFIG_HOME": str(user / "c"),
        "XDG_CACHE_HOME": "relative, which is invalid and so ignored",
    }
    assert find_home(chosen).folder == user / "d" / "lookout"
    assert config_folder(chosen) == user / "c" / "lookout"
    assert cache_folder(chosen) == user / ".cache" / "lookout"


def test_server_and_edge_keep_their_files_in_the_home(user: Path) -> None:
    environment = {"LOOKOUT_HOME": "/srv/faces"}
    server = read_server_settings(["--no-http"], environment)
    assert server.images == read_edge_settings([], environment).images
    assert (server.images, server.encodings, server.data) == (
        Path("/srv/faces/utils/images"),
        Path("/srv/faces/utils/encodings.pkl"),
        Path("/srv/faces/data"),
    )


def test_an_option_goes_before_the_home(user: Path) -> None:
    given = ["--no-http", "--encodings", "e.pkl", "--images", "photos", "--data", "kept"]
    server = read_server_settings(given, {"LOOKOUT_HOME": "/srv/faces"})
    assert (server.encodings, server.images, server.data) == (
        Path("e.pkl"),
        Path("photos"),
        Path("kept"),
    )


def test_looking_for_the_home_writes_nothing(user: Path) -> None:
    find_home()
    assert list(user.rglob("*")) == [user / "work"]
