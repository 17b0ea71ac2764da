"""Check: there is a trigger, and everything can be reached from one."""

from __future__ import annotations

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.validation.subject import Subject


def check_reachability(subject: Subject, found: Findings) -> None:
    """Only warnings. A disabled node is out of reach on purpose; one behind a disabled trigger is parked, not lost."""
    nodes = subject.draft.nodes
    if not any(not nodes[name].disabled for name in subject.triggers):
        found.warning(
            Code.NO_TRIGGER,
            "no enabled trigger: the workflow starts only where its caller says",
            ("nodes",),
            fix="Add a trigger, such as n8n-nodes-base.manualTrigger, or enable one.",
        )
    for node in subject.steps():
        if node.name not in subject.reached and not node.disabled:
            found.warning(
                Code.UNREACHABLE_NODE,
                f"nothing leads from a trigger to {node.name!r}, so it never runs",
                ("nodes", subject.draft.places[node.name]),
                node=node.name,
                fix="Connect it, disable it, or remove it.",
            )
