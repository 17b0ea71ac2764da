"""A plain path answered in Python has V8's answer; what might not have it is left to V8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.expressions.fastpath import plan
from engine.expressions.references import references
from engine.expressions.world import WorldInput, world
from engine.ports import Evaluation
from plugins.items import Item, Link
from plugins.values import UNDEFINED
from tests.engine.expressions.conftest import Live
from tests.engine.expressions.factories import at, behind, items

V8 = Callable[[WorldInput, str], list[Any]]


@pytest.fixture
def v8(live: Live) -> V8:
    """Asks the real worker for a template's column, over all the input's items."""

    def ask(where: WorldInput, template: str) -> list[Any]:
        indexes = range(len(where.items))
        known = world(where, references([template]), indexes)
        return list(live.evaluate(Evaluation("ada", [template], indexes, known))[0])

    return ask


def quick(where: WorldInput, template: str) -> Sequence[Any] | None:
    found = plan(template)
    return None if found is None else found.column(where, range(len(where.items)))


def same(one: Any, other: Any) -> bool:
    """Equal as JavaScript values: `true` is not 1, and a key's place does not matter."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


# ------------------------------------------------------------------------------------------------ what is answered

ROW: dict[str, Any] = {
    "n": 5,
    "f": 1.5,
    "s": "text",
    "yes": True,
    "none": None,
    "list": [1, [2, {"deep": "x"}]],
    "obj": {"a": {"b": "c"}, "key with space": 1, "0": "zero"},
    "with-dash": "dash",
    "length": 3,
}
PLAIN = {
    "={{ $json.n }}": 5,
    "={{$json.s}}": "text",
    "={{\n\t$json.obj.a.b\n}}": "c",
    '={{ $json["with-dash"] }}': "dash",
    "={{ $json['obj']['key with space'] }}": 1,
    "={{ $json.obj[0] }}": "zero",
    "={{ $json.list[1][1].deep }}": "x",
    "={{ $json.list[7] }}": UNDEFINED,
    "={{ $json.nothing }}": UNDEFINED,
    "={{ $json.nothing.below }}": UNDEFINED,
    "={{ $json.none.below }}": UNDEFINED,
    "={{ $json.none }}": None,
    "={{ $json.obj?.a?.['b'] }}": "c",
    "={{ $json.obj }}": ROW["obj"],
    "={{ $json }}": ROW,
    "={{ $json.length }}": 3,
    "={{ $input.item.json.n }}": 5,
    "={{ $input.first().json.n }}": 5,
    "={{ $('T').item.json.n }}": 5,
    '={{ $("T").first().json.n }}': 5,
    "={{ $itemIndex }}": 0,
    "={{ $runIndex }}": 0,
    "=": "",
    "=plain text": "plain text",
    "=a }} b": "a }} b",
    "=Hi {{ $json.s }}, {{ $json.n }}!": "Hi text, 5!",
    "= {{ $json.n }}": " 5",
    "={{ $json.n }}\n": "5\n",
    "={{ $json.f }}{{ $json.yes }}{{ $json.none }}{{ $json.nothing }}": "1.5true",
}
DECLINED = [
    "={{ $json.s.length }}",
    "={{ $json.list.length }}",
    "={{ $json.obj.toString }}",
    "={{ $json.obj.constructor }}",
    "={{ $json.obj.__proto__ }}",
    "={{ $json.n.first() }}",
    "={{ $json.n + 1 }}",
    "={{ $json.s[0] }}",
    "={{ $json.a b }}",
    "={{ $json.é }}",
    "={{ $json[01] }}",
    "={{ $json['a\\'b'] }}",
    "={{ }}",
    "={{ $json.n",
    "=\\{{ $json.n }}",
    "={{ {{ $json.n }} }}",
    "=list: {{ $json.list }}",
    "={{ $json.n; }}",
    "={{ $('Nobody').item.json.n }}",
    "={{ $('Now').first().json.n }}",
]


@pytest.mark.parametrize(("template", "value"), PLAIN.items(), ids=PLAIN.keys())
def test_a_plain_template_is_answered_here_as_v8_does(v8: V8, template: str, value: Any) -> None:
    assert quick(at(ROW), template) == [value]
    assert v8(at(ROW), template) == [value]


@pytest.mark.parametrize("template", DECLINED)
def test_anything_else_is_left_to_v8(template: str) -> None:
    assert quick(at(ROW), template) is None


def test_values_are_shared_not_copied() -> None:
    where = at(ROW)
    answered = quick(where, "={{ $json.obj }}")
    assert answered is not None
    assert answered[0] is where.items[0].json["obj"]


def test_an_index_without_an_item_is_left_to_v8() -> None:
    found = plan("={{ $json.n }}")
    assert found is not None
    assert found.column(at(ROW), [0, 1]) is None


# ------------------------------------------------------------------------------------------------ the law

NAMES = [
    "a",
    "b",
    "0",
    "1",
    "01",
    "length",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "a b",
    "with-dash",
    "$js",
    "name",
    "é",
]
numbers = st.one_of(
    st.integers(-10, 10),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e-7, 1e-5, 0.0001, 1e16, 1e21, 1e22, 2.0**53, 2**53 + 1, 123456789.125]),
)
texts = st.one_of(st.sampled_from(["", "x", "null", "😀", "a\u2028b", "}}"]), st.text(max_size=5))
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, "__proto__"]), inner, max_size=4)
    ),
    max_leaves=8,
)
rows = st.lists(st.dictionaries(st.sampled_from(NAMES), values, max_size=5), min_size=1, max_size=3)


@st.composite
def steps(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(NAMES))
    forms = [f'["{name}"]', f"['{name}']", f'?.["{name}"]']
    if name.isidentifier() or name == "$js":
        forms += [f".{name}", f"?.{name}"]
    if name.isdigit():
        forms += [f"[{name}]"]
    return draw(st.sampled_from(forms))


roots = st.sampled_from(["$json", "$input.item.json", "$input.first().json", "$('T').item.json", "$('T').first().json"])
paths = st.builds(lambda root, path: root + "".join(path), roots, st.lists(steps(), max_size=3))
blocks = st.builds("{{{{ {} }}}}".format, st.one_of(paths, st.sampled_from(["$itemIndex", "$runIndex"])))
templates = st.one_of(
    st.builds("={}".format, blocks),
    st.builds(
        "={}{}{}".format, st.sampled_from(["", " ", "a ", "é\n"]), blocks, blocks | st.sampled_from(["", "!", " }}"])
    ),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(templates, rows)
def test_python_and_v8_never_disagree(v8: V8, template: str, rows: list[dict[str, Any]]) -> None:
    where = at(*rows)
    answered = quick(where, template)
    if answered is not None:
        asked = v8(where, template)
        assert same(list(answered), asked), (template, rows, answered, asked)


# ------------------------------------------------------------------------------------------------ lineage

links = st.one_of(
    st.none(),
    st.integers(0, 3),
    st.builds(Link, st.integers(0, 3)),
    st.lists(st.integers(0, 3), max_size=2),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(links, max_size=4), min_size=2, max_size=4), st.data())
def test_python_and_v8_trace_an_item_to_the_same_ancestor(
    v8: V8, lineage: list[list[Any]], data: st.DataObject
) -> None:
    outputs = {
        f"N{number}": [[Item({"at": f"{number}.{place}"}, link) for place, link in enumerate(each)]]
        for number, each in enumerate(lineage)
    }
    where = behind(outputs)
    name = data.draw(st.sampled_from([*outputs, "Now"]))
    template = f"={{{{ $('{name}').{data.draw(st.sampled_from(['item', 'first()']))}.json.at }}}}"
    answered = quick(where, template)
    if answered is not None:
        assert list(answered) == v8(where, template)


def test_an_item_is_traced_through_the_nodes_between() -> None:
    where = behind({"T": [items({"n": 1}, {"n": 2})], "Mid": [[Item({}, 1), Item({}, 0)]], "Last": [[Item({}, 1)]]})
    assert quick(where, "={{ $('T').item.json.n }}") == [1]
    assert quick(where, "={{ $('Last').item.json.n }}") == [UNDEFINED]


def test_a_doubtful_lineage_is_left_to_v8() -> None:
    several = behind({"T": [items({"n": 1}, {"n": 2})], "Mid": [[Item({}, [0, 1])]]})
    unknown = behind({"T": [items({"n": 1})], "Mid": [[Item({})]]})
    pinned = behind({"T": [items({"n": 1})]}, pinned=frozenset({"T"}))
    for where in (several, unknown, pinned):
        assert quick(where, "={{ $('T').item.json.n }}") is None
