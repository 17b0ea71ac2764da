"""Check: every expression can be parsed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.pointer import Path
from engine.definition.soundness import walk
from engine.definition.validation.catalog import SyntaxChecker
from engine.definition.validation.subject import Subject
from engine.definition.workflow import Node
from plugins.node import NodeType

_CODE = frozenset({"jsCode", "pythonCode", "functionCode", "code"})
"""Where n8n's nodes keep scripts, whose text is no expression: for types that no plugin describes."""


async def check_expressions(subject: Subject, syntax: SyntaxChecker, found: Findings) -> None:
    """All distinct templates go to the checker in one call."""
    places = [
        (node, path, template)
        for node in subject.steps()
        for path, template in _templates(node, subject.types[node.name])
    ]
    templates = list(dict.fromkeys(template for _, _, template in places))
    if not templates:
        return
    problems = dict(zip(templates, await syntax.check(templates), strict=True))
    for node, path, template in places:
        problem = problems[template]
        if problem is not None:
            fix = "Correct the expression; to mean the text itself, remove the = it starts with."
            subject.judge(found, Code.EXPRESSION_SYNTAX, problem, node=node, path=("parameters", *path), fix=fix)


def _templates(node: Node, provided: NodeType | None) -> Iterator[tuple[Path, str]]:
    literal = _CODE if provided is None else provided.literal
    for key, value in node.parameters.items():
        if key not in literal:
            for path, inner in walk(value):
                if isinstance(inner, str) and inner.startswith("=") and "{{" in inner:
                    yield (key, *path), inner
