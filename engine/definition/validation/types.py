"""Check: every node's type and version are provided."""

from __future__ import annotations

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.validation.catalog import Catalog
from engine.definition.validation.subject import Subject
from engine.definition.workflow import Node


def check_types(subject: Subject, catalog: Catalog, found: Findings) -> None:
    for node in subject.steps():
        provided = subject.types[node.name]
        if provided is None and node.type:  # without a type its structure has been found wrong already
            _not_provided(subject, node, catalog, found)
        elif provided is not None and provided.version != node.type_version:
            _stood_in_for(subject, node, provided.version, found)


def _not_provided(subject: Subject, node: Node, catalog: Catalog, found: Findings) -> None:
    versions = catalog.versions(node.type)
    if not versions:
        message = f"no plugin provides the node type {node.type!r}"
        fix = "Install a plugin that does, or disable or replace the node."
        subject.judge(found, Code.UNKNOWN_NODE_TYPE, message, node=node, path=("type",), fix=fix)
        return
    known = ", ".join(f"{version:g}" for version in versions)
    message = f"{node.type!r} has no version {node.type_version:g}"
    subject.judge(
        found, Code.UNKNOWN_NODE_VERSION, message, node=node, path=("typeVersion",), fix=f"Use one of {known}."
    )


def _stood_in_for(subject: Subject, node: Node, version: float, found: Findings) -> None:
    found.warning(
        Code.UNKNOWN_NODE_VERSION,
        f"{node.type!r} has no version {node.type_version:g}: version {version:g} stands in for it",
        ("nodes", subject.draft.places[node.name], "typeVersion"),
        node=node.name,
        fix="Check that the node behaves as you expect.",
    )
