"""Every setting is written down, with its real default; nothing else is read unsaid."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from handoff.settings import Settings, WrongSetting
from ops.dotenv import read_dotenv
from ops.places import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
DEFAULTS = {one.name.upper(): one.default for one in fields(Settings)}


def documented() -> dict[str, str]:
    """Setting to default, from the rows of the table."""
    row = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| ", re.MULTILINE)
    return {match[1]: match[2].strip("`") for match in row.finditer(OPERATIONS)}


def in_example() -> dict[str, str]:
    lines = re.findall(r"^# ?([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)
    return dict(lines)


@pytest.mark.parametrize("name", Settings.names())
def test_a_setting_is_documented(name: str) -> None:
    assert name in documented(), f"give {name} a row in docs/operations.md"
    assert name in in_example(), f"give {name} a line in .env.example"


@pytest.mark.parametrize("name", [*documented(), *in_example()])
def test_what_is_documented_is_read(name: str) -> None:
    assert name in Settings.names() or name in set(read_directly())


@pytest.mark.parametrize("name", Settings.names())
def test_the_documented_default_is_the_default(name: str) -> None:
    said, default = documented()[name], DEFAULTS[name]
    if default is None or default == ():
        return  # told in words
    assert Settings.from_env({name: said}) == Settings()


@pytest.mark.parametrize("name", Settings.names())
def test_an_example_is_a_value_that_is_accepted(name: str) -> None:
    Settings.from_env({name: in_example()[name]})


def test_every_name_read_from_the_environment_is_documented() -> None:
    quiet = {"PATH", "HOME"}
    assert {name for name in read_directly() if name not in OPERATIONS} - quiet == set()


def read_directly() -> Iterator[str]:
    """Names asked of the environment anywhere: `environ.get("X")`, `environ["X"]`."""
    for package in ("handoff", "bot", "actions", "ops", "benchmarks", "tests"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                yield from asked_for(node)


def asked_for(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
        source = ast.unparse(node.func)
        if source.endswith(("environ.get", "os.getenv")) and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        if isinstance(node.ctx, ast.Load) and isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)


def test_a_wrong_setting_is_named() -> None:
    with pytest.raises(WrongSetting, match="DESK_PORT"):
        Settings.from_env({"DESK_PORT": "eighty"})


def test_the_example_file_can_be_read_as_it_stands() -> None:
    assert read_dotenv(ROOT / ".env.example") == {}
