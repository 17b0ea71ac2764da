// The `$` variables of an expression, over one world and one item at a time.

import { ExpressionError } from "./errors.js";
import { jmespath } from "./jmespath.js";
import { Lineage } from "./lineage.js";
import { DateTime } from "./luxon.js";
import { withDefaults } from "./defaults.js";

const MAX_NESTING = 10;

/**
 * What compiled blocks read. Made once a batch; `at(index)` moves it to another item. Everything that it hands out of
 * the world is shared with other items and columns, so only blocks that do not write may be given one.
 */
export class Data {
  #world;
  #lineage;
  #compile;
  #index = 0;
  #custom;
  #nesting = 0;

  /** `compile` makes programs of templates: without it, expressions in parameters stay as they are. */
  constructor(world, { compile, lineage = new Lineage(world) } = {}) {
    this.#world = world;
    this.#lineage = lineage;
    this.#compile = compile;
    this.$ = (name) => this.#referenced(name);
    this.$items = (name, output, run) => this.#items(name, output, run);
    this.$item = (index) => this.#atItem(index);
    this.$jmespath = jmespath;
    this.$jmesPath = jmespath;
    this.$evaluateExpression = (text) => this.#evaluate(`=${String(text).replace(/^=/, "")}`);
    this.$fromAI = this.$fromAi = this.$fromai = (...args) => this.#fromAI(...args);
  }

  at(index) {
    this.#index = index;
    this.#custom = undefined;
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

  get #item() {
    return this.show(this.#world.itemAt(this.#index));
  }

  get $json() {
    const item = this.#world.items[this.#index];
    return item === undefined ? this.#item : this.show(item).json;
  }

  get $data() {
    return this.$json;
  }

  get $binary() {
    return this.#item.binary ?? {};
  }

  get $itemIndex() {
    return this.#index;
  }

  get $position() {
    return this.#index;
  }

  get $thisItem() {
    return this.#item;
  }

  get $thisItemIndex() {
    return this.#index;
  }

  get $runIndex() {
    return this.#world.runIndex;
  }

  get $thisRunIndex() {
    return this.#world.runIndex;
  }

  get $input() {
    return (this.input ??= this.#makeInput());
  }

  #makeInput() {
    const data = this;
    const items = () => data.#world.items;
    const noArguments = (name, args, answer) => {
      if (args.length > 0) throw new ExpressionError(`$input.${name}() should have no arguments`);
      return answer();
    };
    return frozenDeep({
      __proto__: null,
      all: (...args) => noArguments("all", args, () => data.showAll(items())),
      get context() {
        return data.#context(data.#world.sources[data.#world.input]?.previousNode);
      },
      first: (...args) => noArguments("first", args, () => data.show(items()[0])),
      get item() {
        return data.#item;
      },
      last: (...args) => noArguments("last", args, () => data.show(items().at(-1))),
      get params() {
        return data.#parameters(data.#world.sources[data.#world.input]?.previousNode);
      },
    });
  }

  #items(name, output, run) {
    if (name === undefined) return this.showAll(this.#world.items);
    return this.showAll(this.#world.itemsOf(name, output, run));
  }

  #atItem(index) {
    const there = new this.constructor(this.#world, this.#parts());
    there.at(index);
    return frozenDeep({
      __proto__: null,
      get $json() {
        return there.$json;
      },
      get $binary() {
        return there.$binary;
      },
      get $data() {
        return there.$json;
      },
      get $node() {
        return there.$node;
      },
      get $input() {
        return there.$input;
      },
      $: there.$,
      $items: there.$items,
      $itemIndex: index,
      $position: index,
    });
  }

  // ---------------------------------------------------------------------------------------------- other nodes

  get $uncalled() {
    throw new ExpressionError('Cannot access "$" without calling it as a function');
  }

  #referenced(name) {
    this.#world.nodeNamed(name);
    return new Reference(this, name);
  }

  /** Items of another node, for `Reference`. */
  itemsOf(name, branch, run) {
    return this.showAll(this.#world.itemsOf(name, branch, run));
  }

  /** The item of another node that an input item came from, for `Reference`. */
  pairedItem(name, index = this.#index) {
    return this.show(this.#lineage.itemOf(name, index));
  }

  /** What `Reference` knows of a node without its items. */
  nodeFacts(name) {
    const data = this;
    return {
      isExecuted: data.#world.isExecuted(name),
      get params() {
        return data.#parameters(name);
      },
      get context() {
        return data.#context(name);
      },
    };
  }

  get $node() {
    return (this.nodes ??= new Proxy(Object.freeze({ __proto__: null }), {
      get: (_, name) => (typeof name === "symbol" ? undefined : this.#legacyNode(name)),
    }));
  }

  #legacyNode(name) {
    const data = this;
    const world = this.#world;
    world.nodeNamed(name);
    const item = () => {
      const items = world.itemsOf(name);
      if (items[data.#index] !== undefined) return data.show(items[data.#index]);
      const message = `"${name}" node has ${items.length} item(s) but you're trying to access item ${data.#index}`;
      throw new ExpressionError(message, { type: "no_execution_data" });
    };
    return frozenDeep({
      __proto__: null,
      get binary() {
        return item().binary ?? {};
      },
      get context() {
        return data.#context(name);
      },
      get data() {
        return item().json;
      },
      get json() {
        return item().json;
      },
      get parameter() {
        return data.#parameters(name);
      },
      get runIndex() {
        return world.lastRun(name);
      },
    });
  }

  get $prevNode() {
    const source = this.#world.sources[this.#world.input];
    if (!source) return {};
    const { previousNode: name, previousNodeOutput: outputIndex, previousNodeRun: runIndex } = source;
    return { name, outputIndex: outputIndex ?? 0, runIndex: runIndex ?? 0 };
  }

  #context(name) {
    return name === undefined ? {} : this.show(this.#world.nodeNamed(name).context ?? {});
  }

  #parameters(name) {
    return name === undefined ? undefined : this.show(withDefaults(this.#world.nodeNamed(name)));
  }

  // ---------------------------------------------------------------------------------------------- the node itself

  get $rawParameter() {
    return this.#parameters(this.#world.node);
  }

  /** Own parameters; those that are expressions by themselves are resolved as they are read. */
  get $parameter() {
    const raw = this.$rawParameter;
    const fields = Object.entries(raw).map(([name, value]) => {
      const isTemplate = this.#compile && typeof value === "string" && value.startsWith("=");
      return [name, { enumerable: true, get: () => (isTemplate ? this.#evaluate(value) : value) }];
    });
    return Object.freeze(Object.create(null, Object.fromEntries(fields)));
  }

  #evaluate(template) {
    const program = this.#compile(template);
    if (program.problem) throw program.problem;
    if (program.constant !== undefined) return program.constant;
    if (++this.#nesting > MAX_NESTING) throw new ExpressionError("Expressions refer to each other in a circle");
    try {
      return program.run(program.writes ? this.apart() : this);
    } finally {
      this.#nesting--;
    }
  }

  /** The same place, for a block that writes. */
  apart() {
    const copy = new OwnData(this.#world, this.#parts());
    copy.at(this.#index);
    return copy;
  }

  #parts() {
    return { compile: this.#compile, lineage: this.#lineage };
  }

  get $self() {
    return {};
  }

  get $nodeId() {
    return this.#world.self.id;
  }

  get $nodeVersion() {
    return this.#world.self.typeVersion;
  }

  get $webhookId() {
    return this.#world.self.webhookId;
  }

  // ---------------------------------------------------------------------------------------------- surroundings

  get $workflow() {
    const { id, name, active } = this.#world.raw.workflow ?? {};
    return { id, name, active: active ?? false };
  }

  get $execution() {
    const { id, mode, resumeUrl, resumeFormUrl } = this.#world.raw.execution ?? {};
    return {
      id,
      mode: mode === "manual" ? "test" : "production",
      resumeUrl: resumeUrl ?? "",
      resumeFormUrl: resumeFormUrl ?? "",
      customData: (this.#custom ??= customData()),
    };
  }

  get $executionId() {
    return this.#world.raw.execution?.id;
  }

  get $resumeWebhookUrl() {
    return this.#world.raw.execution?.resumeUrl ?? "";
  }

  get $mode() {
    return this.#world.raw.execution?.mode;
  }

  get $env() {
    return ENVIRONMENT;
  }

  get $vars() {
    return this.show(this.#world.raw.vars ?? {});
  }

  get $secrets() {
    return undefined;
  }

  get $now() {
    return (this.now ??= DateTime.fromMillis(this.#world.raw.now_ms ?? Date.now()));
  }

  get $today() {
    return (this.today ??= this.$now.startOf("day"));
  }

  #fromAI(key, _description, _type, otherwise) {
    if (!key) throw new ExpressionError("Add a key, e.g. $fromAI('placeholder_name')");
    const json = this.#world.items[this.#index]?.json;
    const given = json?.query?.[key] ?? json?.[key];
    return given ?? otherwise;
  }
}

/** Data for blocks that write: what it shows is a copy of their own, the same one until it moves on. */
export class OwnData extends Data {
  #copies = new Map();

  at(index) {
    super.at(index);
    this.#copies.clear();
    this.now = this.today = undefined;
  }

  show(value) {
    if (typeof value !== "object" || value === null) return value;
    if (!this.#copies.has(value)) this.#copies.set(value, JSON.parse(JSON.stringify(value)));
    return this.#copies.get(value);
  }

  showAll(items) {
    return items.map((item) => this.show(item));
  }

  apart() {
    return this;
  }
}

/** Data for blocks that might write: the world itself, frozen, in lists of their own. */
export class FrozenData extends Data {
  at(index) {
    super.at(index);
    this.now = this.today = undefined;
  }

  show(value) {
    return deeplyFrozen(value);
  }

  showAll(items) {
    return items.map(deeplyFrozen);
  }
}

function deeplyFrozen(value) {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deeplyFrozen);
  return Object.freeze(value);
}

/** `$("Name")`. */
class Reference {
  #data;
  #name;

  constructor(data, name) {
    this.#data = data;
    this.#name = name;
    Object.freeze(this);
  }

  get item() {
    return this.#data.pairedItem(this.#name);
  }

  first(branch, run) {
    return this.#data.itemsOf(this.#name, branch, run)[0];
  }

  last(branch, run) {
    return this.#data.itemsOf(this.#name, branch, run).at(-1);
  }

  all(branch, run) {
    return this.#data.itemsOf(this.#name, branch, run);
  }

  itemMatching(index) {
    if (index === undefined) throw new ExpressionError("Missing item index for .itemMatching()");
    return this.#data.pairedItem(this.#name, index);
  }

  pairedItem(index) {
    return this.#data.pairedItem(this.#name, index);
  }

  get isExecuted() {
    return this.#data.nodeFacts(this.#name).isExecuted;
  }

  get params() {
    return this.#data.nodeFacts(this.#name).params;
  }

  get context() {
    return this.#data.nodeFacts(this.#name).context;
  }
}

const ENVIRONMENT = new Proxy(Object.freeze({ __proto__: null }), {
  get(_, name) {
    if (typeof name === "symbol") return undefined;
    throw new ExpressionError("access to env vars denied");
  },
});

/** `$execution.customData`, of one evaluation. */
function customData() {
  const entries = new Map();
  return frozenDeep({
    __proto__: null,
    get: (key) => entries.get(key),
    getAll: () => Object.fromEntries(entries),
    set: (key, value) => void entries.set(String(key), String(value)),
    setAll: (fields) => Object.entries(fields).forEach(([key, value]) => entries.set(key, String(value))),
  });
}

/** Freezes an object and the functions in it. */
function frozenDeep(object) {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(object))) {
    if (typeof value === "function") Object.freeze(value);
  }
  return Object.freeze(object);
}
