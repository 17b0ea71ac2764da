// The Function and Function Item nodes: older scripts, with their own globals and rules.

import { surround } from "./surroundings.js";
import { RuleError } from "./failure.js";

const copy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** Items of a legacy script, or a promise of them. `continue`: what it throws becomes items instead. */
export function legacyScript(request, scope) {
  const { globals, memory, data } = scope;
  surround({
    getNodeParameter: (name) => data.$parameter?.[name],
    getWorkflowStaticData: (kind) => memory.of(kind),
    helpers: {},
  });
  surround(globals);
  return request.legacy === "functionItem" ? functionItem(request, scope) : wholeFunction(request, scope);
}

function wholeFunction(request, { world }) {
  surround({ items: copy(world.items) });
  const failed = (error) => [errorItem(request, error)];
  return request.guarded(() => request.compiled(request.code)(), normalized, failed);
}

function functionItem(request, { data, world }) {
  let binary;
  surround({ getBinaryData: () => binary, setBinaryData: (value) => void (binary = value) });
  const script = request.compiled(request.code);
  const run = (index) => {
    data.at(index);
    const { json, binary: own } = world.itemAt(index);
    binary = copy(own);
    surround({ item: copy(json) });
    const build = (returned) => itemOf(returned, binary, index);
    return request.guarded(script, build, (error) => errorItem(request, error));
  };
  return request.inTurn(world.items.length, run);
}

/** n8n loses the message of what stops a workflow here. It is kept as the description. */
function swallowed(error) {
  const description = String(error?.message ?? error);
  return new RuleError("Cannot read properties of undefined (reading 'split')", { description });
}

/** The item that stands for an error, where the node goes on: it has no lineage of its own. */
function errorItem(request, error) {
  if (request.continue) return { json: { error: String(error?.message ?? error) } };
  throw error instanceof RuleError ? error : swallowed(error);
}

function itemOf(json, binary, index) {
  // n8n copies the fields of what was returned, and fails over nothing with JavaScript's own words.
  if (json === null || json === undefined) throw new RuleError("Cannot convert undefined or null to object");
  const item = { json, pairedItem: { item: index } };
  return binary === undefined ? item : { ...item, binary };
}

function normalized(returned) {
  if (returned === undefined || returned === null) {
    throw new RuleError(`Cannot read properties of ${returned} (reading 'every') [Line 170]`);
  }
  const rows = Array.isArray(returned) ? returned : [returned];
  const wrapped = rows.filter((row) => typeof row === "object" && row !== null && "json" in row).length;
  if (wrapped > 0 && wrapped < rows.length) throw new RuleError("Inconsistent item format");
  return wrapped > 0 ? rows : rows.map((json) => ({ json }));
}

