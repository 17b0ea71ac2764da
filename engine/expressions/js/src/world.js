// The recorded world of a node run: its inputs, other nodes' runs, the graph. Read only; `data.js` shows it to users.

import { ExpressionError } from "./errors.js";

export const NO_DATA = "no_execution_data";

export class World {
  constructor(raw) {
    this.raw = raw;
    this.node = raw.node;
    this.self = raw.nodes?.[raw.node] ?? {};
    this.runIndex = raw.run ?? 0;
    const inputs = raw.inputs ?? [];
    const connected = inputs.findIndex((items) => items !== null && items !== undefined);
    this.input = connected < 0 ? 0 : connected;
    this.items = inputs[this.input] ?? [];
    this.sources = raw.sources ?? [];
    this.source = this.sources[this.input];
    this.pinned = new Set(raw.pinned ?? []);
  }

  /** The current node's input item. */
  itemAt(index) {
    const item = this.items[index];
    if (item !== undefined) return item;
    const message = `"${this.node}" node has ${this.items.length} item(s) but you're trying to access item ${index}`;
    throw new ExpressionError(message, { type: NO_DATA });
  }

  nodeNamed(name) {
    if (!Object.hasOwn(this.raw.nodes ?? {}, name)) throw new ExpressionError("Referenced node doesn't exist");
    return this.raw.nodes[name];
  }

  runsOf(name) {
    return Object.hasOwn(this.raw.runs ?? {}, name) ? this.raw.runs[name] : [];
  }

  isExecuted(name) {
    return this.pinned.has(name) || this.runsOf(name).length > 0;
  }

  /** A node's last run, if it has run. */
  lastRun(name) {
    this.nodeNamed(name);
    const runs = this.runsOf(name);
    if (runs.length === 0) throw new ExpressionError(`Node '${name}' hasn't been executed`, { type: NO_DATA });
    return runs.length - 1;
  }

  /** Items of a node: its `branch` (default: the one that leads here) of its `run` (default and -1: the last). */
  itemsOf(name, branch, run) {
    const last = this.lastRun(name);
    if (this.pinned.has(name)) return this.runsOf(name)[last].outputs?.[0] ?? [];
    const runs = this.runsOf(name);
    const chosen = run === undefined || run === null || run === -1 ? last : run;
    if (runs[chosen] === undefined) throw new ExpressionError(`Run ${chosen} of node "${name}" not found`);
    const outputs = runs[chosen].outputs ?? [];
    const output = branch ?? this.branchFrom(name) ?? 0;
    if (!(output in outputs)) throw new ExpressionError(`Node "${name}" has no branch with index ${output}.`);
    return outputs[output] ?? [];
  }

  /** The output of `name` by which the current node is reached, nearest connection first; `undefined` if by none. */
  branchFrom(name) {
    this.branches ??= new Map();
    if (!this.branches.has(name)) this.branches.set(name, this.#findBranch(name));
    return this.branches.get(name);
  }

  #findBranch(name) {
    const parents = this.#parents();
    const seen = new Set([this.node]);
    const queue = [this.node];
    for (const node of queue) {
      for (const { from, output } of parents.get(node) ?? []) {
        if (from === name) return output;
        if (!seen.has(from)) queue.push(from);
        seen.add(from);
      }
    }
    return undefined;
  }

  #parents() {
    const parents = new Map();
    for (const [from, byType] of Object.entries(this.raw.connections ?? {})) {
      for (const [output, targets] of Object.entries(byType?.main ?? [])) {
        for (const { node } of targets ?? []) {
          if (!parents.has(node)) parents.set(node, []);
          parents.get(node).push({ from, output: Number(output) });
        }
      }
    }
    return parents;
  }
}
