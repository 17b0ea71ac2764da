"""Check: required parameters are there, and those that are no expressions fit their type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass

from engine.definition.findings import Findings
from engine.definition.issues import Code
from engine.definition.soundness import walk
from engine.definition.validation.catalog import ParameterCheck, ParameterProblem
from engine.definition.validation.subject import Subject
from plugins.coercion import Mismatch
from plugins.items import Json
from plugins.node import NodeType
from plugins.parameters import Parameter, compiled, missing


def check_parameters(subject: Subject, check: ParameterCheck, found: Findings) -> None:
    for node in subject.steps():
        provided = subject.types[node.name]
        if provided is None:
            continue
        for problem in check(provided, node.parameters):
            code = _code(problem)
            fix = "Fill it in." if problem.missing else "Correct it."
            path = ("parameters", *problem.path)
            subject.judge(found, code, problem.message, node=node, path=path, fix=fix)


def _code(problem: ParameterProblem) -> Code:
    if problem.unusable:
        return Code.UNUSABLE_PARAMETER
    return Code.MISSING_PARAMETER if problem.missing else Code.INVALID_PARAMETER


def declared(type: NodeType, raw: Mapping[str, Json], /) -> Sequence[ParameterProblem]:
    """What the type's parameter dataclass itself tells, and its own check."""
    unusable = type.check(raw) if type.check is not None else {}
    return [
        *(ParameterProblem((name,), message, unusable=True) for name, message in unusable.items()),
        *_fitting(type, raw),
    ]


def _fitting(type: NodeType, raw: Mapping[str, Json]) -> Sequence[ParameterProblem]:
    if not is_dataclass(type.parameters):
        return ()
    return [
        *(ParameterProblem(tuple(key.split(".")), f"{key} is required", True) for key in missing(type.parameters, raw)),
        *_misfits(compiled(type.parameters), raw),
    ]


def _misfits(parameters: Sequence[Parameter], raw: Mapping[str, Json]) -> Iterator[ParameterProblem]:
    for parameter in parameters:
        value = raw.get(parameter.key)
        if value is None or (value == "" and parameter.required) or _has_expression(value):
            continue  # an empty one that is required is missing, and was found to be
        try:
            parameter.convert(value)
        except Mismatch as mismatch:
            path = (parameter.key, *mismatch.path)
            yield ParameterProblem(path, f"{'.'.join(path)} {mismatch}")
        except Exception as error:  # noqa: BLE001  # a plugin's own class may refuse a value in any way it likes
            yield ParameterProblem((parameter.key,), f"{parameter.key} is not accepted: {error}")


def _has_expression(value: Json) -> bool:
    return any(isinstance(inner, str) and inner.startswith("=") for _, inner in walk(value))
