"""Expressions that try to get out, to leave something behind, or to learn what is not theirs: all in vain."""

from __future__ import annotations

import pytest

from plugins.errors import Failure
from plugins.values import UNDEFINED
from tests.engine.expressions.conftest import Live, batch

CANARY = """[
  typeof ({}).polluted, typeof [].polluted, typeof (() => 1).polluted, typeof 'x'.polluted, typeof leaked,
  [3, 1, 2].map(x => x * 2).join(), JSON.stringify({ a: [1] }), 'abc'.toUpperCase(), [1, 2].includes(2),
  Object.keys({ a: 1 }).length, Math.max(1, 2), new Date(0).toISOString(),
  DateTime.fromMillis(0, { zone: 'utc' }).toISO(),
  String(Symbol.iterator), /a/.test('a'), [..."ab"].length, parseInt('7'), $jmespath({ a: 1 }, 'a'), 'a b'.toTitleCase()
]"""
CLEAN = [
    "undefined", "undefined", "undefined", "undefined", "undefined", "6,2,4", '{"a":[1]}', "ABC", True, 1, 2,
    "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "Symbol(Symbol.iterator)", True, 2, 7, 1, "A B",
]  # fmt: skip

MAKES_CODE = [
    "Function('return 1')()",
    "new Function('return 1')()",
    "eval('1')",
    "(0, eval)('1')",
    "[].constructor.constructor('return 1')()",
    "''['constructor']['constructor']('return 1')()",
    "[]['const' + 'ructor']['const' + 'ructor']('return 1')()",
    "(() => {})['\\x63onstructor']('return 1')()",
    "(() => {})[['constructor']]('return 1')()",
    "(() => {})[{ toString: () => 'constructor' }]('return 1')()",
    "(() => { let n = 0; return (() => {})[{ toString: () => n++ ? 'constructor' : 'length' }] })()('return 1')()",
    "(function*(){}).constructor('yield 1')().next().value",
    "Object.getPrototypeOf(function*(){}).constructor('yield 1')().next().value",
    "Reflect.construct(Object.getPrototypeOf(() => {}).constructor, ['return 1'])()",
    "Reflect.getPrototypeOf(() => {}).constructor('return 1')()",
    "(() => { const { constructor: F } = () => {}; return F('return 1')() })()",
    "(({ constructor: F }) => F('return 1')())(() => {})",
    "(() => { const { ['constructor']: F } = () => {}; return F('return 1')() })()",
    "class X extends (() => {}).constructor {}; new X('return 1')()",
    "(class extends Function {}).prototype.constructor('return 1')()",
    "[1].map(Function('return 1'))",
    "'x'.replace(/x/, (() => {}).constructor)",
    "JSON.parse('{\"a\":1}', (() => {}).constructor)",
    "Array.from({ length: 1 }, [].filter.constructor)",
    "$json.constructor.constructor('return 1')()",
    "$json.__proto__.constructor.constructor('return 1')()",
    "$input.constructor.constructor('return 1')()",
    "$now.constructor.constructor('return 1')()",
    "DateTime.now.constructor('return 1')()",
    "$jmespath.constructor('return 1')()",
    "Symbol.species.constructor.constructor('return 1')()",
    "(() => { try { null.x } catch (e) { return e.constructor.constructor('return 1')() } })()",
    "(() => { try { (function f() { f() })() } catch (e) { return e['constructor']['constructor']('return 1')() } })()",
    "(async () => {}).constructor('return 1')()",
    "WebAssembly.compile",
    "new (class { static #x = (() => {}).constructor; static x() { return this.#x('return 1')() } }).x()",
    "((strings) => strings.raw.constructor.constructor('return 1')())`x`",
    "with ($json) { constructor.constructor('return 1')() }",
    "$evaluateExpression('{{ (() => {}).constructor(\"return 1\")() }}')",
    "this.constructor.constructor('return 1')()",
]
REACHES_HOST = [
    "process.mainModule.require('child_process').execSync('id')",
    "require('fs')",
    "import('fs')",
    "globalThis.process.binding('fs')",
    "process.env.PATH",
    "process.exit()",
    "window.fetch('http://127.0.0.1')",
    "new XMLHttpRequest()",
    "setTimeout(() => 1, 0)",
    "SharedArrayBuffer && Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)",
    "Deno.env",
    "__heddle_evaluate('{}')",
    "__heddle_code('{}')",
    "__heddle_harden()",
    "globalThis.__heddle_evaluate",
    "Error.prepareStackTrace = (e, s) => s",
    "Error.captureStackTrace({})",
    "new Proxy({}, {}).x",
]
POLLUTES = [
    "Object.prototype.polluted = 1",
    "({}).__proto__.polluted = 1",
    "({})['__proto__']['polluted'] = 1",
    "Object.getPrototypeOf({}).polluted = 1",
    "Object.setPrototypeOf(Object.prototype, { polluted: 1 })",
    "Object.defineProperty(Object.prototype, 'polluted', { value: 1 })",
    "Object.assign(Object.prototype, { polluted: 1 })",
    "Object.assign([].__proto__, { polluted: 1 })",
    "Array.prototype.map = () => 'stolen'",
    "Array.prototype[Symbol.iterator] = function* () { yield 'stolen' }",
    "[].push.call(Array.prototype, 1)",
    "String.prototype.toUpperCase = () => 'stolen'",
    "JSON.stringify = () => 'stolen'",
    "Math.max = () => 'stolen'",
    "Date.prototype.toISOString = () => 'stolen'",
    "DateTime.fromMillis = () => 'stolen'",
    "DateTime.prototype.toISO = () => 'stolen'",
    "RegExp.prototype.test = () => 'stolen'",
    "RegExp.prototype.exec = () => null",
    "globalThis.leaked = 1",
    "this.leaked = 1",
    "leaked = 1",
    "var leaked = 1",
    "(function () { this.leaked = 1 }).call(undefined)",
    "(function () { this.polluted = 1 }).call(Object.prototype)",
    "[Object.prototype].forEach(p => { p.polluted = 1 })",
    "$jmespath = () => 'stolen'",
    "$now.__proto__.toISO = () => 'stolen'",
    "$json.toString.polluted = 1",
    "Object.freeze(Object.prototype)",
    "delete Array.prototype.map",
    "Symbol.prototype.toString = () => 'stolen'",
    "parseInt.call = 1",
    "String.prototype.toTitleCase = () => 'stolen'",
    "(() => { const s = Symbol.for('leaked'); Object.prototype[s] = 1 })()",
    "(() => { try { undefined.x } catch (e) { e.__proto__.polluted = 1; e.constructor.polluted = 1 } })()",
    "Object.groupBy([1], () => '__proto__').polluted",
    'JSON.parse(\'{"__proto__":{"polluted":1}}\')',
]


@pytest.mark.parametrize("attack", MAKES_CODE)
def test_text_never_becomes_code(live: Live, attack: str) -> None:
    answer = live.cell(attack)
    assert answer in (UNDEFINED, [UNDEFINED], {}, "x") or isinstance(answer, Failure), answer
    assert live.cell(CANARY) == CLEAN


@pytest.mark.parametrize("attack", REACHES_HOST)
def test_there_is_no_host_to_reach(live: Live, attack: str) -> None:
    answer = live.cell(attack)
    assert answer is UNDEFINED or answer == {} or isinstance(answer, Failure) or "=>" in attack, answer
    assert live.cell(CANARY) == CLEAN


@pytest.mark.parametrize("attack", POLLUTES)
def test_nothing_is_left_to_the_next_item_the_next_batch_or_another_tenant(live: Live, attack: str) -> None:
    rows = live.evaluate(batch(attack, CANARY, items=[{"n": 1}, {"n": 2}]))
    assert rows[1] == [CLEAN, CLEAN]
    assert live.cell(CANARY) == CLEAN


def test_tenants_never_share_a_realm(live: Live) -> None:
    for attack in POLLUTES:
        live.cell(attack, tenant="mallory")
    assert live.cell(CANARY, tenant="victim") == CLEAN


@pytest.mark.parametrize("secret", ["$env.PATH", "$env", "$secrets.vault.key", "process.env.HOME", "$credentials.x"])
def test_secrets_and_the_environment_are_not_there(live: Live, secret: str) -> None:
    answer = live.cell(secret)
    assert answer is UNDEFINED or isinstance(answer, Failure), answer


@pytest.mark.parametrize(
    "result",
    [
        "(() => { const a = {}; a.a = a; return a })()",
        "1n",
        "Symbol('x')",
        "({ toJSON() { throw 1 } })",
        "({ get a() { throw new Error('x') } })",
        "Object.create({ inherited: 1 })",
        "new Map([[1, 2]])",
        "({ ['__proto__']: 1, b: 2 })",
        "new Uint8Array(4)",
        "() => 1",
        "[,,1]",
        "new Error('x')",
    ],
)
def test_an_odd_result_is_json_or_a_failure(live: Live, result: str) -> None:
    rows = live.evaluate(batch(result, "1 + 1", items=[{"n": 1}]))
    assert isinstance(rows[0][0], Failure | dict | list | str | int) or rows[0][0] in (None, UNDEFINED)
    assert rows[1] == [2]
