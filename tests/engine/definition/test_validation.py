"""Validation: each kind of problem, with its code, its place and a way to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.definition.findings import MAX_ISSUES_PER_CODE
from engine.definition.soundness import MAX_DEPTH
from engine.definition.validation import Code, Issue, ParameterProblem, Report, Stage, validate
from engine.definition.validation.parameters import declared
from plugins import NodeType
from plugins import node as declare
from plugins.registry import built_in
from tests.engine.definition.documents import (
    NO_OP,
    TRIGGER,
    chain,
    document,
    large,
    n8n_test_documents,
    node,
    oracle_documents,
    to,
)

CATALOG = built_in()
STICKY = "n8n-nodes-base.stickyNote"


@dataclass
class NoSemicolons:
    """A language in which a semicolon is a mistake. Remembers what it was asked."""

    asked: Sequence[str] = ()

    async def check(self, templates: Sequence[str]) -> Sequence[str | None]:
        self.asked = list(templates)
        return ["no semicolons" if ";" in template else None for template in templates]


def errors(report: Report) -> list[tuple[Code, str]]:
    return [(issue.code, issue.pointer) for issue in report.errors]


def warnings(report: Report) -> list[tuple[Code, str]]:
    return [(issue.code, issue.pointer) for issue in report.warnings]


async def test_a_workflow_in_order_has_no_issues():
    assert await validate(chain("A", "B"), CATALOG, stage=Stage.PUBLISH, syntax=NoSemicolons()) == Report()


# ------------------------------------------------------------------------------------------------ structure


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"nodes": None}, Code.INVALID_STRUCTURE, "/nodes"),
        ({"connections": 1}, Code.INVALID_STRUCTURE, "/connections"),
        ({"connections": {"A": 1}}, Code.INVALID_STRUCTURE, "/connections/A"),
        ({"connections": {"A": {"main": {}}}}, Code.INVALID_STRUCTURE, "/connections/A/main"),
        ({"connections": {"A": {"main": [1]}}}, Code.INVALID_STRUCTURE, "/connections/A/main/0"),
        ({"connections": {"A": {"main": [[None]]}}}, Code.INVALID_STRUCTURE, "/connections/A/main/0/0"),
        ({"connections": {"A": {"main": [[{}]]}}}, Code.INVALID_STRUCTURE, "/connections/A/main/0/0/node"),
        (
            {"connections": {"A": {"main": [[to("A", index=10**9)]]}}},
            Code.INVALID_STRUCTURE,
            "/connections/A/main/0/0/index",
        ),
        (
            {"connections": {"A": {"main": [[to("A", index=-1)]]}}},
            Code.INVALID_STRUCTURE,
            "/connections/A/main/0/0/index",
        ),
        ({"connections": {"A": {"main": [[to("A", kind=1)]]}}}, Code.INVALID_STRUCTURE, "/connections/A/main/0/0/type"),
        ({"connections": {"A": {"main": [[to("B")]]}}}, Code.DANGLING_CONNECTION, "/connections/A/main/0/0/node"),
        ({"settings": "v1"}, Code.INVALID_STRUCTURE, "/settings"),
        ({"pinData": [1]}, Code.INVALID_STRUCTURE, "/pinData"),
        ({"pinData": {"A": {}}}, Code.INVALID_STRUCTURE, "/pinData/A"),
        ({"pinData": {"A": [1]}}, Code.INVALID_STRUCTURE, "/pinData/A/0"),
        ({"name": 1}, Code.INVALID_STRUCTURE, "/name"),
        ({"name": "a\0"}, Code.INVALID_TEXT, "/name"),
        ({"settings": {"note": "\ud800"}}, Code.INVALID_TEXT, "/settings/note"),
        ({"settings": {"\udfff": {}}}, Code.INVALID_TEXT, "/settings"),
        ({"settings": {"executionOrder": 1}}, Code.INVALID_SETTING, "/settings/executionOrder"),
        ({"settings": {"timezone": "Mars/Olympus"}}, Code.INVALID_SETTING, "/settings/timezone"),
        ({"settings": {"timezone": ["UTC"]}}, Code.INVALID_SETTING, "/settings/timezone"),
        ({"settings": {"executionTimeout": "soon"}}, Code.INVALID_SETTING, "/settings/executionTimeout"),
        ({"settings": {"saveDataErrorExecution": "some"}}, Code.INVALID_SETTING, "/settings/saveDataErrorExecution"),
        ({"settings": {"saveManualExecutions": "yes"}}, Code.INVALID_SETTING, "/settings/saveManualExecutions"),
        ({"settings": {"errorWorkflow": {}}}, Code.INVALID_SETTING, "/settings/errorWorkflow"),
        ({"settings": {"maxNodeRuns": 0}}, Code.INVALID_SETTING, "/settings/maxNodeRuns"),
        ({"settings": {"maxParallelNodes": 101}}, Code.INVALID_SETTING, "/settings/maxParallelNodes"),
        ({"settings": {"maxConcurrentExecutions": 1.5}}, Code.INVALID_SETTING, "/settings/maxConcurrentExecutions"),
        ({"settings": {"strictDag": 1}}, Code.INVALID_SETTING, "/settings/strictDag"),
        ({"settings": {"recovery": {"then": "PANIC"}}}, Code.INVALID_SETTING, "/settings/recovery/then"),
    ],
)
async def test_a_bad_document_is_an_error_at_its_place(change: dict[str, Any], code: Code, pointer: str):
    report = await validate({"nodes": [node("A", TRIGGER)], **change}, CATALOG)

    assert errors(report) == [(code, pointer)]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": ""}, Code.EMPTY_NODE_NAME, "/nodes/1/name"),
        ({"name": None}, Code.INVALID_STRUCTURE, "/nodes/1/name"),
        ({"name": "T"}, Code.DUPLICATE_NODE_NAME, "/nodes/1/name"),
        ({"name": "a\0b"}, Code.INVALID_TEXT, "/nodes/1/name"),
        ({"name": "a" * 2000}, Code.TOO_LARGE, "/nodes/1/name"),
        ({"type": ""}, Code.INVALID_STRUCTURE, "/nodes/1/type"),
        ({"type": 5}, Code.INVALID_STRUCTURE, "/nodes/1/type"),
        ({"typeVersion": "new"}, Code.INVALID_VERSION, "/nodes/1/typeVersion"),
        ({"typeVersion": -1}, Code.INVALID_VERSION, "/nodes/1/typeVersion"),
        ({"typeVersion": 10**400}, Code.INVALID_VERSION, "/nodes/1/typeVersion"),
        ({"parameters": "none"}, Code.INVALID_STRUCTURE, "/nodes/1/parameters"),
        ({"credentials": [1]}, Code.INVALID_STRUCTURE, "/nodes/1/credentials"),
    ],
)
async def test_a_bad_node_is_an_error_at_its_place(change: dict[str, Any], code: Code, pointer: str):
    report = await validate(document(node("T", TRIGGER), {**node("A"), **change}), CATALOG)

    assert errors(report) == [(code, pointer)]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"id": "id-T"}, Code.DUPLICATE_NODE_ID, "/nodes/1/id"),
        ({"position": "left"}, Code.INVALID_STRUCTURE, "/nodes/1/position"),
        ({"onError": "bogus"}, Code.INVALID_SETTING, "/nodes/1/onError"),
        ({"disabled": "no"}, Code.INVALID_SETTING, "/nodes/1/disabled"),
        ({"typeVersion": 77}, Code.UNKNOWN_NODE_VERSION, "/nodes/1/typeVersion"),
    ],
)
async def test_what_n8n_puts_up_with_is_a_warning(change: dict[str, Any], code: Code, pointer: str):
    report = await validate(document(node("T", TRIGGER), {**node("A"), **change}, edges=[("T", "A")]), CATALOG)

    assert report.valid
    assert warnings(report) == [(code, pointer)]


async def test_connections_of_a_node_that_is_gone_are_a_warning():
    report = await validate(document(node("T", TRIGGER), edges=[("gone/away", "T")]), CATALOG)

    assert report.valid
    assert warnings(report) == [(Code.DANGLING_CONNECTION, "/connections/gone~1away")]


async def test_every_problem_is_reported_at_once():
    doc = chain("A", "A", settings={"timezone": "Mars/Olympus"})
    doc["connections"]["A"] = {"main": [[to("nowhere"), to("A")]]}
    doc["nodes"] += [node("U", "x.unknown"), node("E", parameters={"a": "={{ ; }}"})]

    report = await validate(doc, CATALOG, stage=Stage.PUBLISH, syntax=NoSemicolons(), version="one")

    assert {issue.code for issue in report.errors} == {
        Code.INVALID_SETTING,
        Code.DUPLICATE_NODE_NAME,
        Code.DANGLING_CONNECTION,
        Code.UNKNOWN_NODE_TYPE,
        Code.EXPRESSION_SYNTAX,
        Code.INVALID_VERSION,
    }
    assert {issue.code for issue in report.warnings} == {Code.CYCLE, Code.UNREACHABLE_NODE}


async def test_every_error_says_how_to_mend_it():
    doc = document(node("", "x.unknown"), edges=[("", "nowhere")], settings={"executionTimeout": []})

    report = await validate(doc, CATALOG, stage=Stage.PUBLISH)

    assert len(report.errors) == 4
    assert all(issue.fix for issue in report.errors)


async def test_ten_thousand_problems_of_a_kind_are_counted_and_not_listed():
    doc = document(node("T", TRIGGER), edges=[("T", "nowhere")] * 10_000)

    report = await validate(doc, CATALOG)

    assert len(report.errors) == MAX_ISSUES_PER_CODE
    assert report.warnings[-1].code is Code.TOO_MANY_ISSUES
    assert "9000" in report.warnings[-1].message


async def test_however_many_warnings_there_are_an_error_is_listed():
    gone = [(f"gone{number}", "T") for number in range(MAX_ISSUES_PER_CODE + 1)]

    report = await validate(document(node("T", TRIGGER), edges=[*gone, ("T", "nowhere")]), CATALOG)

    assert errors(report) == [(Code.DANGLING_CONNECTION, "/connections/T/main/0/0/node")]


# ------------------------------------------------------------------------------------------------ limits


@pytest.mark.parametrize(("nodes", "fan_out", "pointer"), [(10_001, 0, "/nodes"), (5_000, 21, "/connections")])
async def test_a_document_that_is_too_large_is_refused(nodes: int, fan_out: int, pointer: str):
    report = await validate(large(nodes, fan_out), CATALOG)

    assert (Code.TOO_LARGE, pointer) in errors(report)


@pytest.mark.parametrize("levels", [MAX_DEPTH, 1_000, 100_000])
async def test_a_document_that_is_too_deep_is_refused(levels: int):
    deep: Any = 1
    for _ in range(levels):
        deep = [deep]

    report = await validate({"nodes": [], "deep": deep}, CATALOG)

    assert [issue.code for issue in report.errors] == [Code.TOO_LARGE]


async def test_the_largest_document_is_judged():
    doc = large(10_000, 10)

    report = await validate(doc, CATALOG)

    assert report.valid


async def test_the_largest_tangle_is_one_cycle():
    doc = large(10_000, 9)
    for name in doc["connections"]:
        doc["connections"][name]["main"][0].append(to("n0"))

    report = await validate(doc, CATALOG)

    assert [issue.code for issue in report.warnings] == [Code.CYCLE]


# ------------------------------------------------------------------------------------------------ node types


@pytest.mark.parametrize(
    ("stage", "is_error"), [(Stage.SAVE, False), (Stage.CHECK, False), (Stage.PUBLISH, True), (Stage.RUN, True)]
)
async def test_a_type_that_nobody_provides_may_be_saved_but_not_published(stage: Stage, is_error: bool):
    doc = chain("A")
    doc["nodes"][1]["type"] = "x.unknown"

    report = await validate(doc, CATALOG, stage=stage)

    assert (errors if is_error else warnings)(report) == [(Code.UNKNOWN_NODE_TYPE, "/nodes/1/type")]
    assert report.valid is not is_error


async def test_a_disabled_node_may_be_of_any_type():
    doc = chain("A")
    doc["nodes"][1] |= {"type": "x.unknown", "disabled": True}

    assert (await validate(doc, CATALOG, stage=Stage.PUBLISH)).valid


async def test_a_run_does_not_care_about_a_type_that_it_cannot_reach():
    doc = chain("A")
    doc["nodes"].append(node("B", "x.unknown"))

    assert (await validate(doc, CATALOG, stage=Stage.RUN)).valid
    assert not (await validate(doc, CATALOG, stage=Stage.PUBLISH)).valid


@dataclass
class OneVersion:
    """A catalogue that lets no version stand in for another."""

    def find(self, type: str, version: float, /) -> NodeType | None:
        return CATALOG.find(type, 1.0) if version == 1.0 else None

    def versions(self, type: str, /) -> Sequence[float]:
        return [1.0] if type == NO_OP else []


async def test_a_version_that_nobody_provides_is_told_from_an_unknown_type():
    doc = document(node("A", typeVersion=9))

    report = await validate(doc, OneVersion(), stage=Stage.PUBLISH)

    assert errors(report) == [(Code.UNKNOWN_NODE_VERSION, "/nodes/0/typeVersion")]
    assert report.errors[0].fix == "Use one of 1."


# ------------------------------------------------------------------------------------------------ parameters

SPLIT_OUT = "n8n-nodes-base.splitOut"


@pytest.mark.parametrize("stage", list(Stage))
async def test_a_required_parameter_that_is_missing_may_be_saved_only(stage: Stage):
    doc = document(node("T", TRIGGER), node("S", SPLIT_OUT), edges=[("T", "S")])

    report = await validate(doc, CATALOG, stage=stage)

    expected = [(Code.MISSING_PARAMETER, "/nodes/1/parameters")]
    assert (warnings if stage is Stage.SAVE else errors)(report) == expected


async def test_a_missing_parameter_is_pointed_at_among_its_neighbours():
    doc = document(
        node("T", TRIGGER), node("S", SPLIT_OUT, parameters={"include": "noOtherFields"}), edges=[("T", "S")]
    )

    report = await validate(doc, CATALOG, stage=Stage.CHECK)

    assert errors(report) == [(Code.MISSING_PARAMETER, "/nodes/1/parameters/fieldToSplitOut")]
    assert report.errors[0].node == "S"


async def test_a_parameter_of_the_wrong_type_is_pointed_at():
    limit = node("L", "n8n-nodes-base.limit", parameters={"maxItems": {"many": True}})

    report = await validate(document(node("T", TRIGGER), limit, edges=[("T", "L")]), CATALOG, stage=Stage.PUBLISH)

    assert errors(report) == [(Code.INVALID_PARAMETER, "/nodes/1/parameters/maxItems")]


async def test_an_expression_may_become_any_type():
    limit = node("L", "n8n-nodes-base.limit", parameters={"maxItems": "={{ $json.n }}"})

    report = await validate(document(node("T", TRIGGER), limit, edges=[("T", "L")]), CATALOG, stage=Stage.PUBLISH)

    assert report == Report()


@dataclass(frozen=True)
class Even:
    number: int = 0

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ArithmeticError("odd")


@dataclass(frozen=True)
class Picky:
    even: Even = field(default_factory=Even)


def test_a_plugin_may_refuse_a_value_in_its_own_way():
    (picky,) = declare("acme.picky", parameters=Picky)(lambda ctx, items: None)

    assert declared(picky, {"even": {"number": 2}}) == []
    assert declared(picky, {"even": {"number": 3}}) == [ParameterProblem(("even",), "even is not accepted: odd")]


async def test_another_judge_of_parameters_may_be_given():
    def nothing_is_right(type: NodeType, raw: Mapping[str, Any], /) -> Sequence[ParameterProblem]:
        return [ParameterProblem(("a", 0, "b"), f"{type.name} is wrong")]

    doc = document(node("A", parameters={"a": []}))

    report = await validate(doc, CATALOG, stage=Stage.PUBLISH, parameters=nothing_is_right)

    assert errors(report) == [(Code.INVALID_PARAMETER, "/nodes/0/parameters/a/0")]


# ------------------------------------------------------------------------------------------------ expressions


@pytest.mark.parametrize("stage", list(Stage))
async def test_an_expression_that_cannot_be_parsed_fails_its_node_when_it_runs(stage: Stage):
    doc = chain("A")
    doc["nodes"][1]["parameters"] = {"list": [{"a/b": "={{ ; }}"}], "fine": "={{ 1 }}", "text": "{{ ; }}"}

    report = await validate(doc, CATALOG, stage=stage, syntax=NoSemicolons())

    expected = [(Code.EXPRESSION_SYNTAX, "/nodes/1/parameters/list/0/a~1b")]
    assert (errors if stage in (Stage.CHECK, Stage.PUBLISH) else warnings)(report) == expected


async def test_each_distinct_expression_is_parsed_once():
    same = {"a": "={{ 1 }}", "b": "={{ 1 }}", "c": "=plain"}
    checker = NoSemicolons()

    await validate(document(node("A", parameters=same), node("B", parameters=same)), CATALOG, syntax=checker)

    assert checker.asked == ["={{ 1 }}"]


async def test_code_is_no_expression():
    code = node("C", "n8n-nodes-base.code", typeVersion=2, parameters={"jsCode": "={{ ; }}"})
    unknown = node("U", "x.unknown", parameters={"jsCode": "={{ ; }}"})
    checker = NoSemicolons()

    await validate(document(code, unknown), CATALOG, syntax=checker)

    assert not checker.asked


# ------------------------------------------------------------------------------------------------ the graph


async def test_a_workflow_without_a_trigger_is_a_warning():
    assert warnings(await validate(document(node("A")), CATALOG)) == [(Code.NO_TRIGGER, "/nodes")]
    assert warnings(await validate(document(), CATALOG)) == [(Code.NO_TRIGGER, "/nodes")]


async def test_a_trigger_that_is_disabled_starts_nothing_but_parks_what_follows():
    doc = chain("A")
    doc["nodes"][0]["disabled"] = True

    assert warnings(await validate(doc, CATALOG)) == [(Code.NO_TRIGGER, "/nodes")]


@pytest.mark.parametrize("type", ["x.someTrigger", "n8n-nodes-base.webhook", "n8n-nodes-base.cron"])
async def test_triggers_that_nobody_provides_are_known_by_their_names(type: str):
    report = await validate(document(node("T", type)), OneVersion())

    assert warnings(report) == [(Code.UNKNOWN_NODE_TYPE, "/nodes/0/type")]


async def test_a_node_that_nothing_leads_to_is_a_warning():
    doc = chain("A")
    doc["nodes"] += [node("B"), node("C"), node("note", STICKY), node("off", disabled=True)]
    doc["connections"]["B"] = {"main": [[to("C")]]}

    report = await validate(doc, CATALOG)

    assert warnings(report) == [(Code.UNREACHABLE_NODE, "/nodes/2"), (Code.UNREACHABLE_NODE, "/nodes/3")]


async def test_a_sub_node_is_reached_through_the_node_that_it_serves():
    doc = chain("Agent")
    doc["nodes"] += [node("Tool"), node("Model"), node("Stray")]
    doc["connections"] |= {
        "Tool": {"ai_tool": [[to("Agent", kind="ai_tool")]]},
        "Model": {"ai_languageModel": [[to("Tool", kind="ai_languageModel")]]},
    }

    assert warnings(await validate(doc, CATALOG)) == [(Code.UNREACHABLE_NODE, "/nodes/4")]


async def test_a_fallback_is_reached_when_its_node_fails():
    doc = chain("A")
    doc["nodes"][1]["recovery"] = {"then": "FALLBACK", "fallbackNode": "F"}
    doc["nodes"].append(node("F"))

    assert await validate(doc, CATALOG) == Report()


@pytest.mark.parametrize(("option", "settings"), [(False, {}), (True, {}), (False, {"strictDag": True})])
async def test_a_cycle_is_a_warning_and_an_error_in_a_strict_dag(option: bool, settings: dict[str, Any]):
    doc = chain("A", "B", "C", settings={"maxNodeRuns": 77, **settings})
    doc["connections"]["C"] = {"main": [[], [to("A")]]}

    report = await validate(doc, CATALOG, strict_dag=option)

    strict = option or bool(settings)
    (issue,) = report.errors if strict else report.warnings
    assert (issue.code, issue.pointer, issue.node) == (Code.CYCLE, "/connections/C/main/1/0", "A")
    assert "A → B → C → A" in issue.message
    assert strict or "77 node runs" in issue.message


async def test_a_node_that_leads_to_itself_is_a_cycle():
    doc = chain("A")
    doc["connections"]["A"] = {"main": [[to("A")]]}

    assert "A → A" in (await validate(doc, CATALOG)).warnings[0].message


async def test_links_to_sub_nodes_make_no_cycle():
    doc = chain("A")
    doc["connections"]["A"] = {"ai_tool": [[to("T", kind="ai_tool")]]}

    assert await validate(doc, CATALOG) == Report()


async def test_a_long_cycle_is_not_spelled_out():
    names = [f"n{place}" for place in range(100)]
    doc = chain(*names)
    doc["connections"]["n99"] = {"main": [[to("n0")]]}

    message = (await validate(doc, CATALOG)).warnings[0].message

    assert "n19 → … 80 more … → n0" in message


# ------------------------------------------------------------------------------------------------ versions


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "", "1.0.0-", "9" * 5000 + ".0.0"])
async def test_a_version_that_is_not_semantic_is_an_error(version: str):
    assert errors(await validate(chain("A"), CATALOG, version=version)) == [(Code.INVALID_VERSION, "")]


async def test_a_semantic_version_is_no_issue():
    assert await validate(chain("A"), CATALOG, version="1.2.3-rc.1+7") == Report()


# ------------------------------------------------------------------------------------------------ the corpus


def unexpected(report: Report) -> list[Issue]:
    """Errors, but for node types that are still to come."""
    return [issue for issue in report.errors if issue.code is not Code.UNKNOWN_NODE_TYPE]


@pytest.mark.parametrize("stage", list(Stage))
async def test_no_recorded_document_has_an_error_unless_n8n_refuses_it_too(stage: Stage):
    reports = [(name, await validate(doc, CATALOG, stage=stage), refused) for name, doc, refused in oracle_documents()]

    assert [(name, unexpected(report)) for name, report, refused in reports if unexpected(report) and not refused] == []


class Nothing:
    """The catalogue of a server without plugins."""

    def find(self, type: str, version: float, /) -> NodeType | None:
        return None

    def versions(self, type: str, /) -> Sequence[float]:
        return []


@pytest.mark.parametrize("stage", [Stage.SAVE, Stage.CHECK])
async def test_every_recorded_document_may_be_saved_whatever_plugins_there_are(stage: Stage):
    reports = [(name, await validate(doc, Nothing(), stage=stage)) for name, doc, _ in oracle_documents()]

    assert [(name, report.errors) for name, report in reports if not report.valid] == []


async def test_no_document_of_n8n_s_own_tests_has_an_error():
    reports = [(name, await validate(doc, CATALOG)) for name, doc in n8n_test_documents()]

    assert [(name, report.errors) for name, report in reports if report.errors] == []
