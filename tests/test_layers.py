"""Imports run one way; heavy libraries stay at the edge; modules and functions stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOTS = ("app.py", "worker.py", "qdhf/__main__.py", "qdhf/cli/")  # they put things together and may import all
HEAVY = {"torch", "diffusers", "transformers", "accelerate"}
ADAPTERS = ("qdhf/generators/", "qdhf/encoders/", "qdhf/scoring/", "qdhf/weights.py", "worker.py")
PAGES_MAY = ("qdhf.studio", "qdhf.types", "qdhf.errors", "storage", "pages")


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")) if (ROOT / folder).is_dir() else [ROOT / folder]:
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {f"qdhf.{alias.name}" for alias in node.names} if node.module == "qdhf" else {node.module}
    return found


def breaches(
    folder: str, allowed: tuple[str, ...], ours: tuple[str, ...] = ("qdhf", "storage", "pages", "app", "worker")
) -> list[str]:
    return [
        f"{name} imports {module}"
        for name, tree in sources(folder)
        if not name.startswith(ROOTS)
        for module in imports(tree)
        if module.split(".")[0] in ours and not any(module == a or module.startswith(a + ".") for a in allowed)
    ]


def test_the_science_knows_neither_storage_nor_pages() -> None:
    assert breaches("qdhf", ("qdhf",)) == []


def test_storage_knows_only_types_errors_ports_and_checks() -> None:
    assert breaches("storage", ("storage", "qdhf.types", "qdhf.errors", "qdhf.ports", "qdhf.checks")) == []


def test_pages_know_the_studio_and_nothing_deeper() -> None:
    assert breaches("pages", PAGES_MAY) == []


def test_pages_touch_neither_sql_nor_numerics() -> None:
    banned = {"sqlalchemy", "numpy", "scipy", "sklearn", "ribs", "dbos"} | HEAVY
    assert [
        (name, module) for name, tree in sources("pages") for module in imports(tree) if module.split(".")[0] in banned
    ] == []


def test_nothing_but_the_front_end_knows_streamlit() -> None:
    assert [name for name, tree in sources("qdhf", "storage", "worker.py") if "streamlit" in imports(tree)] == []


def test_heavy_libraries_are_imported_only_in_adapters() -> None:
    found = [
        (name, module)
        for name, tree in sources("qdhf", "storage", "pages", "app.py", "worker.py")
        if not name.startswith(ADAPTERS)
        for module in imports(tree)
        if module.split(".")[0] in HEAVY
    ]
    assert found == []


def loaded(statement: str, names: set[str]) -> set[str]:
    """Which of ``names`` a fresh Python has loaded after ``statement``."""
    code = f"import sys; {statement}; print(sorted({names!r} & {{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ast.literal_eval(done.stdout))


@pytest.mark.parametrize("module", ["qdhf", "qdhf.studio", "storage", "qdhf.registry", "qdhf.ports"])
def test_importing_brings_no_heavy_library(module: str) -> None:
    assert loaded(f"import {module}", HEAVY | {"ribs", "numba"}) == set()


def test_importing_the_science_takes_numpy_alone() -> None:
    others = {"scipy", "sqlalchemy", "streamlit", "sklearn", "pandas"}
    assert loaded("import qdhf.types, qdhf.errors, qdhf.ports", others) == set()


def test_importing_the_science_takes_less_than_a_second() -> None:
    code = "import time; t = time.process_time(); import qdhf, qdhf.types, qdhf.ports; print(time.process_time() - t)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1  # seconds of processor time, so that a busy machine does not count


def test_modules_have_at_most_300_lines() -> None:
    long = {
        name: len((ROOT / name).read_text().splitlines())
        for name, _ in sources("qdhf", "storage", "pages", "app.py", "worker.py")
    }
    assert {name: n for name, n in long.items() if n > 300} == {}


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    size = (node.end_lineno or 0) - node.lineno + 1
    return size - ((first.end_lineno or 0) - first.lineno + 1) if documented else size


def test_functions_have_at_most_40_lines() -> None:
    long = [
        (name, node.name, code_lines(node))
        for name, tree in sources("qdhf", "storage", "pages", "app.py", "worker.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > 40
    ]
    assert long == []
