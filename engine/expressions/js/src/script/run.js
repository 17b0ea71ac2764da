// A script run to its end: at once when it can, else in turns between which the host asks for the result.

import { setClock } from "../luxon.js";
import { failureOf, RuleError, SOURCE } from "./failure.js";
import { legacyScript } from "./legacy.js";
import { allItems, eachItem } from "./output.js";
import { consoleOf, furnish, surround, Timers } from "./surroundings.js";
import { variables } from "./variables.js";

// Taken before the script can touch them.
const { parse, stringify } = JSON;
const AsyncFunction = (async () => {}).constructor;

const log = [];
const timers = new Timers();
let answer = "";

/**
 * `{code, each, continue?, world}` as JSON text → the result as JSON text, or "" while the script waits for something.
 * Under `continue`, a failure becomes an item `{error}` in place of what should have come.
 */
export function runCode(text) {
  const request = parse(text);
  return start(request.world, (scope) => {
    if (request.code === "") throw new RuleError("Unknown error");
    return request.each ? eachScript(request, scope) : allScript(request, scope);
  });
}

/** `{code, legacy: "function" | "functionItem", continue?, world}`: a Function or Function Item node's script. */
export function runFunction(text) {
  const request = parse(text);
  return start(request.world, (scope) => legacyScript({ ...request, compiled, guarded, inTurn }, scope));
}

/** Lets due timers run. The result as JSON text, or "" while the script still waits. */
export function result() {
  if (answer === "") {
    if (!timers.waiting) settle(() => never());
    else timers.run();
  }
  return answer;
}

function start(raw, script) {
  setClock({ timezone: raw.workflow?.timezone });
  const scope = variables(raw);
  furnish({ ...timers.functions(), console: consoleOf(log) });
  settle(() => {
    const items = script(scope);
    if (!isThenable(items)) return finished(items, scope);
    items.then(
      (settled) => settle(() => finished(settled, scope)),
      (error) => settle(() => failed(error)),
    );
    return "";
  });
  return answer;
}

function settle(step) {
  try {
    answer = step();
  } catch (error) {
    answer = failed(error);
  }
}

const failed = (error) => stringify({ error: failureOf(error), log });

function finished(items, { memory }) {
  try {
    return stringify({ items, log, staticData: memory.changed });
  } catch (error) {
    throw new RuleError("Unknown error", { description: String(error?.message) }); // a cycle, or a toJSON that throws
  }
}

function never() {
  return stringify({ error: { message: "The script waits for something that never happens", name: "Error" }, log });
}

// ------------------------------------------------------------------------------------------------ the two modes

function allScript(request, { world, globals }) {
  surround(globals);
  surround({ items: world.items });
  return guarded(() => compiled(request.code)(), allItems, (error) => [errorItem(request, error)]);
}

function eachScript(request, { data, world, globals }) {
  refuseListMethods(request.code);
  surround(globals);
  surround({
    get item() {
      return data.$thisItem;
    },
  });
  const script = compiled(request.code);
  const run = (index) => {
    data.at(index);
    const failed = (error) => ({ ...errorItem(request, error), pairedItem: { item: index } });
    return guarded(script, (returned) => eachItem(returned, index), failed);
  };
  return inTurn(world.items.length, run);
}

/** The item that stands for an error, where the node goes on; the error itself is thrown where it does not. */
function errorItem(request, error) {
  if (!request.continue) throw error;
  return { json: { error: failureOf(error).message } };
}

const DISALLOWED = /\$input\.(first|last|all|itemMatching)\b/;

/** n8n looks for these in the text, before it runs anything. */
function refuseListMethods(code) {
  const method = DISALLOWED.exec(code)?.[1];
  if (method === undefined) return;
  const isComment = (line) => /^(\/\/|\/\*|\*)/.test(line);
  const lineNumber = code.split("\n").findIndex((line) => line.includes(method) && !isComment(line)) + 1;
  throw new RuleError(`Can't use .${method}() here`, {
    description: "This is only available in 'Run Once for All Items' mode",
    lineNumber,
    itemIndex: 0,
  });
}

/** The script as a function: a plain one when it never waits, so that it can be done at once. */
function compiled(code) {
  const Compiler = /\bawait\b/.test(code) ? AsyncFunction : Function;
  return Compiler(`${code}\n//# sourceURL=${SOURCE}`);
}

const isThenable = (value) => typeof value?.then === "function";

/** `build(run())`, or `recover(error)` when either fails; a promise when `run` gives one. */
function guarded(run, build, recover) {
  try {
    const returned = run();
    return isThenable(returned) ? returned.then(build).catch(recover) : build(returned);
  } catch (error) {
    return recover(error);
  }
}

/** `run(index)` for each index, one after the other; an item that is undefined is left out. */
function inTurn(count, run) {
  const kept = [];
  const keep = (item) => item !== undefined && kept.push(item);
  for (let index = 0; index < count; index++) {
    const item = run(index);
    if (isThenable(item)) return later(item, index, { count, run, keep, kept });
    keep(item);
  }
  return kept;
}

async function later(pending, index, { count, run, keep, kept }) {
  keep(await pending);
  for (let next = index + 1; next < count; next++) keep(await run(next));
  return kept;
}
