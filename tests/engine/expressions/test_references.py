"""What a template refers to is told from its text: rather too much than too little."""

from __future__ import annotations

import pytest

from engine.expressions.references import Extent, references

LATEST, ANCESTORS, ALL = Extent.LATEST, Extent.ANCESTORS, Extent.ALL


@pytest.mark.parametrize(
    "text",
    [
        "={{ $json.a + $itemIndex }}",
        "={{ `${$json.a} costs $5` }}",
        "={{ $now.plus(1) }}{{ $vars.x }}",
        "={{ $if($json.a, $max(1, 2), $jmespath($json, 'a')) }}",
        "={{ $parameter.url + $workflow.name }}",
    ],
)
def test_the_current_item_needs_nothing_else(text: str) -> None:
    needs = references([text])
    assert not any((needs.runs, needs.lineage, needs.whole_inputs, needs.definitions, needs.binary))


@pytest.mark.parametrize(
    ("text", "extent", "lineage"),
    [
        ("={{ $('A b').first().json.x }}", LATEST, False),
        ('={{ $("A b").all() }}', LATEST, False),
        ("={{ $('A b').isExecuted }}", LATEST, False),
        ("={{ $( `A b` ).item.json.x }}", LATEST | ANCESTORS, True),
        ("={{ $('A b')?.item.json.x }}", LATEST | ANCESTORS, True),
        ("={{ $('A b').itemMatching(2) }}", LATEST | ANCESTORS, True),
        ("={{ $('A b').first(0, 2) }}", ALL, True),
        ("={{ $('A b')['first']() }}", ALL, True),
        ("={{ (x => x)($('A b')) }}", ALL, True),
        ("={{ $node['A b'].json.x }}", ALL, True),
        ('={{ $node["A b"].json.x }}', ALL, True),
        ("={{ $items('A b', 0) }}", ALL, True),
    ],
)
def test_a_named_node_is_found(text: str, extent: Extent, lineage: bool) -> None:
    needs = references([text])
    assert dict(needs.nodes) == {"A b": extent}
    assert needs.lineage == lineage
    assert needs.definitions
    assert not needs.every_node


def test_a_node_by_its_plain_name_is_found() -> None:
    assert dict(references(["={{ $node.Start.json }}"]).nodes) == {"Start": ALL}


@pytest.mark.parametrize(
    "text",
    [
        "={{ $($json.name).first() }}",
        "={{ $('A' + 'B').first() }}",
        "={{ $(`A${1}`).first() }}",
        "={{ $('it\\'s').first() }}",
        "={{ $node[$json.name].json }}",
        "={{ Object.keys($node) }}",
        "={{ $items() }}",
        "={{ $item(0).$node }}",
        "={{ $evaluateExpression($json.template) }}",
        "={{ [$].map(f => f('A')) }}",
        "={{ $unheardOf.x }}",
    ],
)
def test_a_computed_name_may_be_any(text: str) -> None:
    needs = references([text])
    assert needs.every_node
    assert needs.lineage
    assert needs.whole_inputs


def test_references_of_several_templates_add_up() -> None:
    needs = references(["={{ $('A').first() }}", "={{ $('A').item }}{{ $('B').all() }}"])
    assert dict(needs.nodes) == {"A": LATEST | ANCESTORS, "B": LATEST}


def test_the_input_as_such_needs_all_of_it_and_its_parameters_only_when_they_are_meant() -> None:
    assert references(["={{ $input.all().length }}"]).whole_inputs
    assert not references(["={{ $input.all().length }}"]).definitions
    assert references(["={{ $input.params.x }}"]).definitions
    assert references(["={{ $input }}"]).definitions


def test_code_names_its_items_without_a_dollar() -> None:
    assert references(["return items"], code=True).whole_inputs
    assert not references(["return items"]).whole_inputs


def test_binary_and_static_data_go_along_when_they_are_named() -> None:
    assert references(["={{ $binary.data.fileName }}"]).binary
    assert references(["const data = $getWorkflowStaticData('global')"], code=True).static_data
    assert not references(["return items"], code=True).static_data
