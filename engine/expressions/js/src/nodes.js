// Other nodes: `$("Name")`, and the older `$node["Name"]`.

import { ExpressionError } from "./errors.js";
import { frozen } from "./frozen.js";
import { NO_DATA } from "./world.js";

/** `$("Name")`. */
export class Reference {
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
    return this.#data.show(this.#items(branch, run)[0]);
  }

  last(branch, run) {
    return this.#data.show(this.#items(branch, run).at(-1));
  }

  all(branch, run) {
    return this.#data.showAll(this.#items(branch, run));
  }

  itemMatching(index) {
    if (index === undefined) throw new ExpressionError("Missing item index for .itemMatching()");
    return this.#data.pairedItem(this.#name, index);
  }

  pairedItem(index) {
    return this.#data.pairedItem(this.#name, index);
  }

  get isExecuted() {
    return this.#data.world.isExecuted(this.#name);
  }

  get params() {
    return this.#data.parametersOf(this.#name);
  }

  get context() {
    return this.#data.contextOf(this.#name);
  }

  #items(branch, run) {
    return this.#data.world.itemsOf(this.#name, branch, run);
  }
}

/** `$node`: any name may be asked for. */
export function legacyNodes(data) {
  return new Proxy(Object.freeze({ __proto__: null }), {
    get: (_, name) => (typeof name === "symbol" ? undefined : legacyNode(data, name)),
  });
}

/** `$node["Name"]`: its item is the one with the index of the current item. */
function legacyNode(data, name) {
  const { world, index } = data;
  world.nodeNamed(name);
  const item = () => {
    const items = world.itemsOf(name);
    if (items[index] !== undefined) return data.show(items[index]);
    const message = `"${name}" node has ${items.length} item(s) but you're trying to access item ${index}`;
    throw new ExpressionError(message, { type: NO_DATA });
  };
  return frozen({
    __proto__: null,
    get binary() {
      return item().binary ?? {};
    },
    get context() {
      return data.contextOf(name);
    },
    get data() {
      return item().json;
    },
    get json() {
      return item().json;
    },
    get parameter() {
      return data.parametersOf(name);
    },
    get runIndex() {
      return world.lastRun(name);
    },
  });
}
