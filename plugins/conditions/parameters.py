"""How conditions are stored: the typed shapes behind the forms of If, Filter and Switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from plugins.items import Json
from plugins.parameters import Help


@dataclass(frozen=True)
class Operator:
    type: Annotated[str, Help("Type of the values: string, number, dateTime, boolean, array or object")] = "string"
    operation: Annotated[str, Help("What is asked, such as equals, contains, gt, after, empty or exists")] = "equals"
    single_value: Annotated[bool, Help("Whether only the left value matters")] = False
    right_type: Annotated[str, Help("Type of the right value where it is not that of the left")] = ""


@dataclass(frozen=True)
class Condition:
    left_value: Annotated[Json, Help("What to look at, usually an expression")] = ""
    right_value: Annotated[Json, Help("What to compare it with")] = ""
    operator: Annotated[Operator, Help("How to compare")] = field(default_factory=Operator)


@dataclass(frozen=True)
class Comparing:
    case_sensitive: Annotated[bool, Help("Whether the case of letters matters")] = True
    type_validation: Annotated[Literal["strict", "loose"], Help("Whether types are refused or converted")] = "strict"
    version: Annotated[float, Help("Version of the rules for converting types")] = 1


@dataclass(frozen=True)
class Conditions:
    conditions: Annotated[tuple[Condition, ...], Help("What has to be true of an item")] = ()
    combinator: Annotated[Literal["and", "or"], Help("Whether all conditions have to hold or any")] = "and"
    options: Annotated[Comparing, Help("How values are compared")] = field(default_factory=Comparing)


@dataclass(frozen=True)
class Rule:
    value1: Annotated[Json, Help("What to look at, usually an expression")] = ""
    operation: Annotated[str, Help("How to compare")] = ""
    value2: Annotated[Json, Help("What to compare it with")] = ""


@dataclass(frozen=True)
class RulesByType:
    boolean: Annotated[tuple[Rule, ...], Help("Conditions on true and false")] = ()
    date_time: Annotated[tuple[Rule, ...], Help("Conditions on dates")] = ()
    number: Annotated[tuple[Rule, ...], Help("Conditions on numbers")] = ()
    string: Annotated[tuple[Rule, ...], Help("Conditions on text")] = ()
