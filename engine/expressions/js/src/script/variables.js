// The `$` variables of a script: those of expressions, over data that the script may change.

import { Data } from "../data.js";
import { Lineage } from "../lineage.js";
import { readOnly, RuleError } from "./failure.js";
import { World } from "../world.js";

const NAMES =
  "$ $binary $data $env $execution $executionId $fromAI $input $item $itemIndex $items $jmespath $jmesPath $json $mode " +
  "$node $nodeId $nodeVersion $now $parameter $position $prevNode $rawParameter $runIndex $secrets $self " +
  "$thisItemIndex $thisRunIndex $today $vars $webhookId $workflow";

/** `{ data, world, globals, staticData() }`: `data.at(index)` moves every variable to another item. */
export function variables(raw) {
  const world = new World(raw);
  const data = new Data(world, { lineage: new Lineage(world) });
  const globals = {};
  for (const name of NAMES.split(" ")) {
    Object.defineProperty(globals, name, { get: () => data[name], set: redefine(name), enumerable: true });
  }
  globals.$evaluateExpression = () => {
    throw new RuleError(readOnly("__lookupGetter__' of object '#<Object>"));
  };
  const memory = new StaticData(raw);
  globals.$getWorkflowStaticData = (scope) => memory.of(scope);
  return { data, world, globals, memory };
}

/** Assigning a variable's name makes it the script's own. */
const redefine = (name) => (value) => Object.defineProperty(globalThis, name, { value, writable: true });

/** What a workflow keeps from run to run, per workflow and per node. */
class StaticData {
  #raw;
  #used = false;

  constructor(raw) {
    this.#raw = raw;
  }

  of(scope) {
    const key = { global: "global", node: `node:${this.#raw.node}` }[scope];
    if (key === undefined) {
      throw new Error(`The context type "${scope}" is not known. Only "global" and node" are supported!`);
    }
    this.#used = true;
    const all = (this.#raw.static_data ??= {});
    return (all[key] ??= {});
  }

  /** All of it, once the script has asked for any. */
  get changed() {
    return this.#used ? this.#raw.static_data : undefined;
  }
}
