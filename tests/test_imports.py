"""The import rules of docs/design.md, checked on the syntax trees: nothing is imported for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from ops.places import ROOT

PACKAGES = ("handoff", "bot", "actions", "ops")
# The log with its words and keys; `turns` is the log as a worker sees it, `store` its connection.
OF_THE_DESK_FOR_THE_BOT = {
    "handoff.log",
    "handoff.model",
    "handoff.keys",
    "handoff.settings",  # there is one place where settings are read
    "handoff.turns",
    "handoff.store",
}
WEB_SIDE = ("handoff.web", "handoff.channels")
ENCODER_EXPORT = "bot.nlu.export"
KEYS = "handoff.keys"


@cache
def imports_of(package: str) -> dict[str, frozenset[str]]:
    """Every module of a package, and all that it imports anywhere in its code, fully named."""
    return {
        name_of(file): frozenset(imported(ast.parse(file.read_text("utf-8")), file))
        for file in sorted((ROOT / package).rglob("*.py"))
    }


def name_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, file: Path) -> Iterator[str]:
    package = list(file.relative_to(ROOT).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *(node.module or "").split(".")]).rstrip(".")
            # `from handoff import keys` names a module, `from handoff.keys import x` does not.
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            if node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def offenders(package: str, *forbidden: str, besides: tuple[str, ...] = ()) -> list[str]:
    """Modules of a package that import what is forbidden, `besides` those that may."""
    return [
        f"{module} imports {name}"
        for module, names in imports_of(package).items()
        if not within(module, *besides)
        for name in sorted(names)
        if within(name, *forbidden)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_something_to_check(package: str) -> None:
    assert any(imports_of(package).values())


def test_the_desk_knows_nothing_of_rasa() -> None:
    assert offenders("handoff", "bot", "actions", "rasa", "rasa_sdk", "ops") == []


def test_only_the_desks_edge_speaks_http() -> None:
    # The entry point, `python -m handoff`, has to run the application.
    assert offenders("handoff", "aiohttp.web", besides=(*WEB_SIDE, "handoff.__main__")) == []
    assert offenders("bot", "aiohttp.web") == offenders("actions", "aiohttp.web") == []


def test_one_module_imports_sentence_transformers() -> None:
    for package in PACKAGES:
        assert offenders(package, "sentence_transformers", "torch", besides=(ENCODER_EXPORT,)) == []


def test_the_bot_takes_only_the_log_its_model_and_its_keys_from_the_desk() -> None:
    taken = {
        module: {name for name in names if within(name, "handoff")} - {"handoff"}
        for module, names in imports_of("bot").items()
    }
    strangers = {
        module: sorted(name for name in names if not within(name, *OF_THE_DESK_FOR_THE_BOT))
        for module, names in taken.items()
    }
    assert {module: names for module, names in strangers.items() if names} == {}


def test_actions_use_the_sdk_and_neither_rasa_nor_redis() -> None:
    assert offenders("actions", "rasa", "redis", "handoff") == []


def test_nothing_in_the_product_imports_the_tests_or_the_runner() -> None:
    for package in ("handoff", "bot", "actions"):
        assert offenders(package, "tests", "benchmarks", "ops") == []


def test_whatever_is_imported_is_locked() -> None:
    """A package that happens to be on a developer's machine is not there on anybody else's."""
    providers = packages_distributions()
    locked = names_in("lock.txt") | {"torch"}
    for_tests = locked | names_in("dev.txt")
    missing = {
        f"{module} imports {name}"
        for package in (*PACKAGES, "tests", "benchmarks")
        for module, names in imports_of(package).items()
        for name in {name.split(".")[0] for name in names}
        if name in providers
        and not {canonical(one) for one in providers[name]}
        & (for_tests if package in ("tests", "benchmarks") else locked)
    }
    assert missing == set()


def names_in(lock: str) -> set[str]:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    return {canonical(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_cores_of_understanding_run_without_rasa() -> None:
    """Plain Python beside a thin graph component: importing one must not pull Rasa in."""
    components = {
        module
        for module, names in imports_of("bot").items()
        if any(within(name, "rasa") for name in names)
    }
    cores = [module for module in imports_of("bot") if within(module, "bot.nlu", "bot.faq")]
    drawn_in = {
        core: sorted(names & components)
        for core in cores
        if core not in components and (names := imports_of("bot")[core]) & components
    }
    assert drawn_in == {}


def test_redis_keys_are_named_in_one_module() -> None:
    """No other module spells a key, or begins to."""
    prefixes = key_prefixes()
    assert prefixes, f"{KEYS} names no keys?"
    spelt = [
        f"{module} spells {text!r}"
        for package in ("handoff", "bot", "actions")
        for module, file in files_of(package)
        if module != KEYS
        for text in texts_of(file)
        if text.startswith(tuple(prefixes))
    ]
    assert spelt == []


def key_prefixes() -> set[str]:
    """`conv:`, `q:` …: how the keys in the module of keys begin, up to the first colon."""
    tree = ast.parse((ROOT / "handoff" / "keys.py").read_text("utf-8"))
    docstrings = set(docstrings_of(tree))
    return {
        text[: text.index(":") + 1]
        for text in constants_of(tree)
        if text not in docstrings and ":" in text and text.index(":") > 0 and " " not in text
    }


def files_of(package: str) -> list[tuple[str, Path]]:
    return [(name_of(file), file) for file in sorted((ROOT / package).rglob("*.py"))]


def texts_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return set(constants_of(tree)) - set(docstrings_of(tree))


def constants_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def docstrings_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield str(first.value.value)
