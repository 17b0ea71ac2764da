// `$jmespath`: the part of some data that a JMESPath query selects.

import { ExpressionError } from "./errors.js";

/** Loaded at the first query. In the realm of expressions that is before it is frozen. */
const library = () => require("jmespath");

export function jmespath(data, query) {
  if (typeof data !== "object" || typeof query !== "string") {
    throw new ExpressionError("expected two arguments (Object, string) for this function");
  }
  return library().search(data, query);
}
