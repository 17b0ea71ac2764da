// Which item of an earlier node an item came from: `pairedItem` links followed backwards, run by run.

import { ExpressionError } from "./errors.js";

const AMBIGUOUS = "paired_item_multiple_matches";
const MAX_STEPS = 100_000;

/** Traces of one world. Answers are kept: ten thousand items may share their ancestors. */
export class Lineage {
  #world;
  #found = new Map();

  constructor(world) {
    this.#world = world;
  }

  /** The item of node `destination` that the current node's input item `index` was made from. */
  itemOf(destination, index) {
    const world = this.#world;
    world.lastRun(destination);
    const item = world.items[index];
    if (item === undefined) throw missingItem(destination, world.node);
    const link = { item: index, input: world.input };
    return this.#follow(destination, { ...link, ...firstLink(item) }, world.sources, { steps: 0 });
  }

  #follow(destination, link, sources, trail) {
    if (++trail.steps > MAX_STEPS) throw unconnected(this.#world, destination);
    const { item: position, input = 0, sourceOverwrite } = typeof link === "number" ? { item: link } : (link ?? {});
    const source = sourceOverwrite ?? sources?.[input];
    if (!source) throw unconnected(this.#world, destination);
    const { previousNode, previousNodeOutput = 0, previousNodeRun = 0 } = source;
    const run = this.#world.runsOf(previousNode)[previousNodeRun ?? 0];
    const item = run?.outputs?.[previousNodeOutput ?? 0]?.[position];
    if (!item) throw unlinked(this.#world, previousNode);
    if (previousNode === destination) return item;
    return this.#remembered(destination, item, () => this.#ancestor(destination, item, run, previousNode, trail));
  }

  #remembered(destination, item, find) {
    if (!this.#found.has(destination)) this.#found.set(destination, new Map());
    const found = this.#found.get(destination);
    if (!found.has(item)) found.set(item, attempt(find));
    return settled(found.get(item));
  }

  #ancestor(destination, item, run, node, trail) {
    const { pairedItem } = item;
    if (pairedItem === undefined || pairedItem === null) throw unlinked(this.#world, node);
    if (!Array.isArray(pairedItem)) return this.#follow(destination, pairedItem, run.sources, trail);
    const attempts = pairedItem.map((link) => attempt(() => this.#follow(destination, link, run.sources, trail)));
    const items = new Set(attempts.filter(({ error }) => error === undefined).map(({ value }) => value));
    if (items.size > 1) throw new ExpressionError("Multiple matches found", { type: AMBIGUOUS });
    if (items.size === 1) return items.values().next().value;
    throw attempts.find(({ error }) => error?.type === AMBIGUOUS)?.error ?? attempts[0]?.error ?? unlinked(this.#world, node);
  }
}

/** The engine numbers a node's input items itself; only a loop's reroute is kept from the item. */
function firstLink({ pairedItem }) {
  const link = Array.isArray(pairedItem) ? pairedItem[0] : pairedItem;
  return typeof link === "object" && link !== null ? link : {};
}

function attempt(find) {
  try {
    return { value: find() };
  } catch (error) {
    return { error };
  }
}

function settled({ value, error }) {
  if (error !== undefined) throw error;
  return value;
}

// ------------------------------------------------------------------------------------------------ errors

function missingItem(destination, node) {
  return new ExpressionError("Can’t get data for expression", {
    type: "paired_item_intermediate_nodes",
    description:
      `Some intermediate nodes between ‘<strong>${destination}</strong>‘ and  ‘<strong>${node}</strong>‘ ` +
      "have not executed yet.",
  });
}

function unconnected(world, destination) {
  const message = world.pinned.has(destination) ? `Unpin '${destination}' to execute` : "Invalid expression";
  return new ExpressionError(message, { type: "paired_item_no_connection" });
}

function unlinked(world, node) {
  const message = world.pinned.has(node)
    ? "Using the item method doesn't work with pinned data in this scenario. " +
      `Please unpin '${node}' and try again.`
    : `Paired item data for item from node '${node}' is unavailable. ` +
      `Ensure '${node}' is providing the required output.`;
  return new ExpressionError(message, { type: "paired_item_no_info" });
}
