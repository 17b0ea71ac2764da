// `$input`, and the variables of another item: `$item(3).$json`.

import { ExpressionError } from "./errors.js";
import { frozen } from "./frozen.js";

/** `$input`: the items of the input that is connected. */
export function inputOf(data) {
  const { world } = data;
  const answered = (name, args, answer) => {
    if (args.length > 0) throw new ExpressionError(`$input.${name}() should have no arguments`);
    return answer();
  };
  return frozen({
    __proto__: null,
    all: (...args) => answered("all", args, () => data.showAll(world.items)),
    get context() {
      return data.contextOf(world.source?.previousNode);
    },
    first: (...args) => answered("first", args, () => data.show(world.items[0])),
    get item() {
      return data.$thisItem;
    },
    last: (...args) => answered("last", args, () => data.show(world.items.at(-1))),
    get params() {
      return data.parametersOf(world.source?.previousNode);
    },
  });
}

/** `$item(index)`: the variables that depend on the item. */
export function itemView(data, index) {
  const there = data.elsewhere(index);
  return frozen({
    __proto__: null,
    get $json() {
      return there.$json;
    },
    get $data() {
      return there.$json;
    },
    get $binary() {
      return there.$binary;
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
