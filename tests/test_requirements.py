"""The table of requirements against the tests: no mark names an unknown clause, and each clause of a resolved issue has a
test that enters by a public door (HTTP, SMTP, IMAP, socket, command or browser).

The tests are read as sources, so that a run of a part of them checks the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = TESTS.parent / "docs" / "requirements.md"
# Names that only a test that goes through a door uses: Django's HTTP client, the engineer's phone on it, our live stack and
# servers, Chromium.
DOORS = re.compile(
    r"\b(client|Client|Caller|api|APIClient|live|live_stack|stack|browser|page|desk|portal_client|Phone|smtplib|smtp|SMTP|imap|websockets|connect|"
    r"httpx|urlopen|HTTPConnection|call_command|subprocess|Popen|run_up|product|supervisor|open_socket|sign_in)\b"
)


@dataclass(frozen=True)
class Proof:
    """One test that says it proves a clause."""

    clause: tuple[str, str]
    test: str
    by_a_door: bool


def clauses() -> dict[tuple[str, str], int | None]:
    """Clause → the number of its issue, None for later."""
    found: dict[tuple[str, str], int | None] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        row = re.match(r"\| ([A-K]\d+) \| .* \| (.*) \|$", line)
        if not row:
            continue
        for clause in row[2].split("; "):
            name, _, issue = clause.rpartition(" (")
            number = re.fullmatch(r"issue (\d+)\)", issue)
            found[(row[1], name)] = int(number[1]) if number else None
    return found


def resolved() -> set[int]:
    line = re.search(r"^Resolved issues: (.*)$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    return {int(number) for number in re.findall(r"\d+", line[1])}


def _marks(nodes: list[ast.expr]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.req") and len(call.args) == 2:
                first, second = call.args
                if isinstance(first, ast.Constant) and isinstance(second, ast.Constant):
                    yield str(first.value), str(second.value)


@lru_cache(maxsize=1)
def proofs() -> list[Proof]:
    """Every (test, clause) pair in the tree."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        helpers = {
            node.name: ast.get_source_segment(source, node) or ""
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("test_")
        }
        of_module = [
            mark
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
            for mark in _marks([node.value])
        ]
        for owner, function in _tests(tree):
            of_class = list(_marks(owner.decorator_list)) if owner else []
            text = ast.get_source_segment(source, function) or ""
            used = "".join(body for name, body in helpers.items() if re.search(rf"\b{name}\b", text))
            by_a_door = bool(DOORS.search(text) or DOORS.search(used))
            name = f"{path.relative_to(TESTS)}::{function.name}"
            marked = {*of_module, *of_class, *_marks(function.decorator_list)}
            found += [Proof(clause, name, by_a_door) for clause in marked]
    return found


def _tests(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield None, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and inner.name.startswith("test_"):
                    yield node, inner


def test_marks_name_clauses_of_the_table() -> None:
    known = clauses()
    unknown = sorted({f"{proof.clause} in {proof.test}" for proof in proofs() if proof.clause not in known})
    assert unknown == []


def test_each_clause_of_a_resolved_issue_is_proved_through_a_public_door() -> None:
    proved = {proof.clause for proof in proofs() if proof.by_a_door}
    done = resolved()
    assert [clause for clause, issue in clauses().items() if issue in done and clause not in proved] == []
