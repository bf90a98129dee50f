"""The life of each kind of claim, defined as data: one module for each, from states (`states.py`) and shared stretches
(`parts.py`)."""

from __future__ import annotations

from aftersales.claims.machines.complaints import CASE, COMPLAINT
from aftersales.claims.machines.definition import Guard, Machine, MachineError, Move, Party, State, Step
from aftersales.claims.machines.exchanges import EXCHANGE
from aftersales.claims.machines.installations import DELIVERY_INSTALLATION, INSTALLATION
from aftersales.claims.machines.missing_parts import MISSING_PARTS
from aftersales.claims.machines.papers import ADDRESS_CHANGE, INVOICE
from aftersales.claims.machines.refunds import PRICE_PROTECTION, REFUND_ONLY
from aftersales.claims.machines.repairs import REPAIR
from aftersales.claims.machines.returns import RETURN

MACHINES: dict[str, Machine] = {
    machine.kind: machine
    for machine in (
        RETURN,
        EXCHANGE,
        REPAIR,
        REFUND_ONLY,
        MISSING_PARTS,
        INSTALLATION,
        DELIVERY_INSTALLATION,
        PRICE_PROTECTION,
        INVOICE,
        ADDRESS_CHANGE,
        COMPLAINT,
        CASE,
    )
}
# Every state that there is; kinds that share a key mean the same, though a complaint's words for it may differ.
STATES: dict[str, State] = {state.key: state for machine in MACHINES.values() for state in machine.states}

__all__ = ["MACHINES", "STATES", "Guard", "Machine", "MachineError", "Move", "Party", "State", "Step"]
