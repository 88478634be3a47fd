"""The shape of the package: sizes, first lines, and who imports whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sklearn_rnn"
FILES = sorted(PACKAGE.rglob("*.py"))

each_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def is_docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def body_length(function):
    """Lines from the first statement after the docstring to the last."""
    statements = [each for each in function.body if not is_docstring(each)]
    if not statements:
        return 0
    return statements[-1].end_lineno - statements[0].lineno + 1


def imported_modules(tree):
    """Yield the dotted names that a file imports from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def test_the_package_was_found():
    assert PACKAGE / "sequences" / "_sequences.py" in FILES


@each_file
def test_files_are_at_most_300_lines_long(path):
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= 300, f"{n_lines} lines: split it where it does two things"


@each_file
def test_function_bodies_are_at_most_50_lines_long(path):
    functions = (
        node
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    lengths = {f"{each.name}:{each.lineno}": body_length(each) for each in functions}
    assert {name: length for name, length in lengths.items() if length > 50} == {}


@each_file
def test_first_line_says_what_goes_in_and_what_comes_out(path):
    docstring = ast.get_docstring(parse(path))
    assert docstring, "the file does not open with a docstring"
    if path.name != "__init__.py":
        assert "->" in docstring.splitlines()[0]


@each_file
def test_imports_of_our_own_name_a_file(path):
    ours = [
        name
        for name in imported_modules(parse(path))
        if name.startswith(".") or name.split(".")[0] == "sklearn_rnn"
    ]
    for name in ours:
        assert not name.startswith("."), f"{name}: relative import"
        file = ROOT / (name.replace(".", "/") + ".py")
        assert file.is_file(), f"{name}: import from the file, not from its package"


def test_the_import_contract_of_setup_cfg_is_kept(monkeypatch, capsys):
    cli = pytest.importorskip("importlinter.cli", reason="import-linter is missing")
    monkeypatch.chdir(ROOT)
    status = cli.lint_imports(config_filename="setup.cfg", no_cache=True, no_logo=True)
    assert status == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out
