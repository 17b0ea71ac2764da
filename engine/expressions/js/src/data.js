// The `$` variables of an expression, over one world and one item at a time.

import { withDefaults } from "./defaults.js";
import { ExpressionError } from "./errors.js";
import { frozen } from "./frozen.js";
import { inputOf, itemView } from "./items.js";
import { jmespath } from "./jmespath.js";
import { DateTime } from "./luxon.js";
import { legacyNodes, Reference } from "./nodes.js";

const MAX_NESTING = 10;

/**
 * What compiled blocks read; user code never gets hold of it, only of what its `$` properties answer. Made once a batch;
 * `at(index)` moves it to another item. What it shows of the world is shared with other items and columns, so only
 * blocks that do not write may be given one (`views.js` has the others).
 */
export class Data {
  index = 0;
  #nesting = 0;

  /**
   * `compile` makes programs of templates, and `apart` a view for one that writes; without them, expressions in
   * parameters stay as they are.
   */
  constructor(world, { lineage, compile, apart }) {
    this.world = world;
    this.parts = { lineage, compile, apart };
  }

  at(index) {
    this.index = index;
    this.customData = undefined;
  }

  /** The same world and way of showing it, at another item. */
  elsewhere(index) {
    const there = new this.constructor(this.world, this.parts);
    there.at(index);
    return there;
  }

  /** An object of the world as it may be shown: itself here. */
  show(value) {
    return value;
  }

  /** A list of items as it may be shown. */
  showAll(items) {
    return items;
  }

  // ---------------------------------------------------------------------------------------------- items

  get $json() {
    const item = this.world.items[this.index];
    return (item === undefined ? this.$thisItem : this.show(item)).json;
  }

  get $data() {
    return this.$json;
  }

  get $binary() {
    return this.$thisItem.binary ?? {};
  }

  get $thisItem() {
    return this.show(this.world.itemAt(this.index));
  }

  get $itemIndex() {
    return this.index;
  }

  get $position() {
    return this.index;
  }

  get $thisItemIndex() {
    return this.index;
  }

  get $runIndex() {
    return this.world.runIndex;
  }

  get $thisRunIndex() {
    return this.world.runIndex;
  }

  get $input() {
    return (this.input ??= inputOf(this));
  }

  get $item() {
    return (this.view ??= Object.freeze((index) => itemView(this, index)));
  }

  // ---------------------------------------------------------------------------------------------- other nodes

  get $() {
    return (this.reference ??= Object.freeze((name) => {
      this.world.nodeNamed(name);
      return new Reference(this, name);
    }));
  }

  get $uncalled() {
    throw new ExpressionError('Cannot access "$" without calling it as a function');
  }

  get $items() {
    return (this.items ??= Object.freeze((name, output, run) => this.#items(name, output, run)));
  }

  #items(name, output, run) {
    return this.showAll(name === undefined ? this.world.items : this.world.itemsOf(name, output, run));
  }

  get $node() {
    return (this.nodes ??= legacyNodes(this));
  }

  get $prevNode() {
    const source = this.world.source;
    if (!source) return {};
    const { previousNode: name, previousNodeOutput: outputIndex, previousNodeRun: runIndex } = source;
    return { name, outputIndex: outputIndex ?? 0, runIndex: runIndex ?? 0 };
  }

  /** The item of another node that an input item came from. */
  pairedItem(name, index = this.index) {
    return this.show(this.parts.lineage.itemOf(name, index));
  }

  /** What a node keeps between its runs, such as a loop's counters. */
  contextOf(name) {
    return name === undefined ? {} : this.show(this.world.nodeNamed(name).context ?? {});
  }

  parametersOf(name) {
    return name === undefined ? undefined : this.show(withDefaults(this.world.nodeNamed(name)));
  }

  // ---------------------------------------------------------------------------------------------- the node itself

  get $rawParameter() {
    return this.parametersOf(this.world.node);
  }

  /** Own parameters; those that are expressions by themselves are resolved as they are read. */
  get $parameter() {
    const fields = Object.entries(this.$rawParameter).map(([name, value]) => {
      const isTemplate = this.parts.compile && typeof value === "string" && value.startsWith("=");
      return [name, { enumerable: true, get: () => (isTemplate ? this.#evaluate(value) : value) }];
    });
    return Object.freeze(Object.create(null, Object.fromEntries(fields)));
  }

  get $evaluateExpression() {
    return (this.evaluation ??= Object.freeze((text) => this.#evaluate(`=${String(text).replace(/^=/, "")}`)));
  }

  #evaluate(template) {
    const program = this.parts.compile(template);
    if (program.problem) throw program.problem;
    if (program.constant !== undefined) return program.constant;
    if (++this.#nesting > MAX_NESTING) throw new ExpressionError("Expressions refer to each other in a circle");
    try {
      return program.run(program.writes ? this.parts.apart(this) : this);
    } finally {
      this.#nesting--;
    }
  }

  get $self() {
    return {};
  }

  get $nodeId() {
    return this.world.self.id;
  }

  get $nodeVersion() {
    return this.world.self.typeVersion;
  }

  get $webhookId() {
    return this.world.self.webhookId;
  }

  // ---------------------------------------------------------------------------------------------- surroundings

  get $workflow() {
    const { id, name, active } = this.world.raw.workflow ?? {};
    return { id, name, active: active ?? false };
  }

  get $execution() {
    const { id, mode, resumeUrl, resumeFormUrl } = this.world.raw.execution ?? {};
    return {
      id,
      mode: mode === "manual" ? "test" : "production",
      resumeUrl: resumeUrl ?? "",
      resumeFormUrl: resumeFormUrl ?? "",
      customData: (this.customData ??= emptyCustomData()),
    };
  }

  get $executionId() {
    return this.world.raw.execution?.id;
  }

  get $resumeWebhookUrl() {
    return this.world.raw.execution?.resumeUrl ?? "";
  }

  get $mode() {
    return this.world.raw.execution?.mode;
  }

  get $env() {
    return ENVIRONMENT;
  }

  get $vars() {
    return this.show(this.world.raw.vars ?? {});
  }

  get $now() {
    return (this.now ??= DateTime.fromMillis(this.world.raw.now_ms ?? Date.now()));
  }

  get $today() {
    return (this.today ??= this.$now.startOf("day"));
  }

  get $jmespath() {
    return jmespath;
  }

  get $jmesPath() {
    return jmespath;
  }

  get $fromAI() {
    return (this.fromAI ??= Object.freeze((...args) => this.#fromAI(...args)));
  }

  get $fromAi() {
    return this.$fromAI;
  }

  get $fromai() {
    return this.$fromAI;
  }

  #fromAI(key, _description, _type, otherwise) {
    if (!key) throw new ExpressionError("Add a key, e.g. $fromAI('placeholder_name')");
    const json = this.world.items[this.index]?.json;
    return this.show(json?.query?.[key] ?? json?.[key]) ?? otherwise;
  }
}

const ENVIRONMENT = new Proxy(Object.freeze({ __proto__: null }), {
  get(_, name) {
    if (typeof name === "symbol") return undefined;
    throw new ExpressionError("access to env vars denied");
  },
});

/** `$execution.customData`, of one evaluation. */
function emptyCustomData() {
  const entries = new Map();
  return frozen({
    __proto__: null,
    get: (key) => entries.get(key),
    getAll: () => Object.fromEntries(entries),
    set: (key, value) => void entries.set(String(key), String(value)),
    setAll: (fields) => Object.entries(fields).forEach(([key, value]) => entries.set(key, String(value))),
  });
}
