"""Where things are kept, and what is read from a `.env`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import places
from ops.console import Stop
from ops.dotenv import read_dotenv
from ops.train import content_hash


def test_sockets_are_kept_with_the_rest_of_what_runs(tmp_path: Path) -> None:
    var = Path("/tmp") / tmp_path.name
    folder = places.socket_folder(var)
    assert folder == var / "run"
    assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()
    var.rmdir()


def test_a_long_path_still_has_room_for_a_socket_and_one_of_its_own(tmp_path: Path) -> None:
    folders = set()
    for name in ("a" * 90, "b" * 90):
        folder = places.socket_folder(tmp_path / name)
        assert len(str(folder / "supervisor.sock")) < 108
        folders.add(folder)
        folder.rmdir()
    assert len(folders) == 2


def test_dotenv_reads_names_and_values(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# no\n\nA=1\n export B = two words \nC='#x'\nD=\"a=b\"\nE=\n")
    assert read_dotenv(file) == {"A": "1", "B": "two words", "C": "#x", "D": "a=b", "E": ""}


def test_dotenv_names_the_line_that_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\nDESK PORT 8080\n")
    with pytest.raises(Stop, match=r"\.env, line 2"):
        read_dotenv(file)


def test_no_dotenv_is_an_empty_one(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / ".env") == {}


class TestContentHash:
    """What decides whether the assistant is trained again."""

    @pytest.fixture
    def taught(self, tmp_path: Path) -> Path:
        (tmp_path / "data" / "faq").mkdir(parents=True)
        (tmp_path / "data" / "faq" / "orders.yml").write_text("where is my order")
        (tmp_path / "config.yml").write_text("language: en")
        return tmp_path

    def test_times_do_not_count(self, taught: Path) -> None:
        before = content_hash(["data", "config.yml"], taught)
        (taught / "config.yml").touch()
        assert content_hash(["data", "config.yml"], taught) == before

    @pytest.mark.parametrize(
        "change",
        [
            lambda root: (root / "config.yml").write_text("language: nl"),
            lambda root: (root / "data" / "new.yml").write_text(""),
            lambda root: (root / "data" / "faq" / "orders.yml").unlink(),
            lambda root: (root / "data" / "faq").rename(root / "data" / "kb"),
        ],
        ids=["edited", "added", "removed", "renamed"],
    )
    def test_every_change_of_content_counts(self, taught: Path, change) -> None:
        before = content_hash(["data", "config.yml"], taught)
        change(taught)
        assert content_hash(["data", "config.yml"], taught) != before

    def test_what_is_not_taught_does_not_count(self, taught: Path) -> None:
        before = content_hash(["data", "config.yml"], taught)
        (taught / "data" / "README.md").write_text("for people")
        (taught / "data" / "__pycache__").mkdir()
        (taught / "data" / "__pycache__" / "x.pyc").write_bytes(b"1")
        assert content_hash(["data", "config.yml"], taught) == before

    def test_a_setting_counts(self, taught: Path) -> None:
        plain = content_hash(["data"], taught, settings=[""])
        assert content_hash(["data"], taught, settings=["other-model"]) != plain
