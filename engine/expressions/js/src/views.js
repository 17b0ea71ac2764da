// Ways to show the same data, by what a block may do to it (see `transform.js`).

import { Data } from "./data.js";
import { deeplyFrozen } from "./frozen.js";
import { Lineage } from "./lineage.js";
import { LISTS, NOTHING } from "./writes.js";

/** The views of a world. `compile` makes programs of templates. */
export class Views {
  #made = [];
  #world;
  #parts;

  constructor(world, compile) {
    this.#world = world;
    this.#parts = { lineage: new Lineage(world), compile, apart };
  }

  /** The view for blocks that write so much. */
  for(writes) {
    return (this.#made[writes] ??= this.#make(writes));
  }

  #make(writes) {
    if (writes === NOTHING) return new Data(this.#world, this.#parts);
    return new (writes === LISTS ? FrozenData : OwnData)(this.#world, this.#parts);
  }
}

/** The same place, for a block that writes. */
function apart(data) {
  const own = new OwnData(data.world, data.parts);
  own.at(data.index);
  return own;
}

/** For blocks that write: what it shows is a copy of their own, the same one until it moves on. */
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
}

/** For blocks that might write: the world itself, frozen, in lists of their own. */
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
