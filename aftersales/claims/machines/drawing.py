"""Diagrams of the machines in Mermaid, for the documentation: drawn from the definitions, so that both tell one story."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import translation

from aftersales.claims.machines.definition import Machine, Move, Party

HEAD = """# The lives of claims

Drawn from `aftersales/claims/machines/` by `make diagrams`; `make check` fails when this page says something else. Each arrow
is a move: its name in the code, then who makes it. A bold name is the usual way on.
"""
PARTY_WORDS = {
    Party.CUSTOMER: "customer",
    Party.AGENT: "desk",
    Party.APPROVAL: "approvers",
    Party.WAREHOUSE: "warehouse",
    Party.FINANCE: "finance",
    Party.SERVICE: "engineer",
    Party.PRODUCT: "by itself",
}


def page_of(machines: Iterable[Machine], titles: dict[str, str]) -> str:
    """The whole page, in English whatever the language of who runs it."""
    with translation.override("en"):
        return HEAD + "".join(f"\n## {titles[one.kind]}\n\n{_section(one)}" for one in machines)


def _section(machine: Machine) -> str:
    return f"```mermaid\n{diagram_of(machine)}```\n\n{table_of(machine)}"


def diagram_of(machine: Machine) -> str:
    """The machine as a state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine.start.key}"]
    lines += [f"    {state.key}: {state.label}" for state in machine.states]
    for one in machine.moves:
        lines += [f"    {source} --> {one.target}: {one.name}" for source in one.sources]
    lines += [f"    {state.key} --> [*]" for state in machine.states if state.ends]
    return "\n".join(lines) + "\n"


def table_of(machine: Machine) -> str:
    """What a diagram has no room for: who makes each move, what it asks for, and what stands against it."""
    rows = ["| Move | From | To | Who | Asks for | Guards |", "|---|---|---|---|---|---|"]
    rows += [_row(one) for one in machine.moves]
    return "\n".join(rows) + "\n"


def _row(one: Move) -> str:
    name = f"**{one.name}**" if one.is_main else one.name
    parties = ", ".join(words for party, words in PARTY_WORDS.items() if party in one.by)
    cells = (
        name,
        ", ".join(one.sources),
        one.target,
        parties,
        ", ".join(one.asks),
        ", ".join(guard.__name__ for guard in one.guards),
    )
    return f"| {' | '.join(cells)} |"
