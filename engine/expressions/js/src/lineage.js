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

  /**
   * The item of node `destination` that the current node's input item `index` was made from; `undefined` when it came
   * by another way. Throws when no way leads from there, or a link is missing or ambiguous.
   */
  itemOf(destination, index) {
    const world = this.#world;
    world.lastRun(destination);
    if (world.branchFrom(destination) === undefined) throw unconnected(world, destination);
    const item = world.items[index];
    if (item === undefined) throw missingItem(destination, world.node);
    const link = { item: index, input: world.input };
    return this.#follow(destination, { ...link, ...firstLink(item) }, world.sources);
  }

  /** One link after the other; where an item has several, all of them. */
  #follow(destination, firstOne, firstSources) {
    let [link, sources] = [firstOne, firstSources];
    for (let step = 0; step < MAX_STEPS; step++) {
      const { item: position, input = 0, sourceOverwrite } = typeof link === "number" ? { item: link } : link;
      const source = sourceOverwrite ?? sources?.[input];
      if (!source) return undefined;
      const { previousNode, previousNodeOutput, previousNodeRun } = source;
      const run = this.#world.runsOf(previousNode)[previousNodeRun ?? 0];
      const item = run?.outputs?.[previousNodeOutput ?? 0]?.[position];
      if (!item) throw unlinked(this.#world, previousNode);
      if (previousNode === destination) return item;
      if (item.pairedItem === undefined || item.pairedItem === null) throw unlinked(this.#world, previousNode);
      if (Array.isArray(item.pairedItem)) return this.#followAll(destination, item, run.sources, previousNode);
      [link, sources] = [item.pairedItem, run.sources];
    }
    return undefined;
  }

  /** The one item that every way leads to; ways that lead past the destination do not count. */
  #followAll(destination, item, sources, node) {
    if (!this.#found.has(destination)) this.#found.set(destination, new Map());
    const found = this.#found.get(destination);
    if (!found.has(item)) found.set(item, attempt(() => this.#agreed(destination, item.pairedItem, sources, node)));
    const { value, error } = found.get(item);
    if (error !== undefined) throw error;
    return value;
  }

  #agreed(destination, links, sources, node) {
    if (links.length === 0) throw unlinked(this.#world, node);
    const attempts = links.map((link) => attempt(() => this.#follow(destination, link, sources)));
    const items = new Set(attempts.map(({ value }) => value).filter((value) => value !== undefined));
    if (items.size > 1) throw new ExpressionError("Multiple matches found", { type: AMBIGUOUS });
    const errors = attempts.map(({ error }) => error).filter((error) => error !== undefined);
    if (items.size === 0 && errors.length > 0) throw errors.find(({ type }) => type === AMBIGUOUS) ?? errors[0];
    return items.values().next().value;
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
