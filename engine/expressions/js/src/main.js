// What the host calls: JSON text in, JSON text out.

import { check, evaluate } from "./evaluate.js";
import { harden } from "./harden.js";

const HOST = {
  __heddle_evaluate: evaluate,
  __heddle_check: check,
  __heddle_harden: harden,
};

for (const [name, value] of Object.entries(HOST)) Object.defineProperty(globalThis, name, { value });
