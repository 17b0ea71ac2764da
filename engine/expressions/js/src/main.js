// What the host calls: JSON text in, JSON text out.

import { check, evaluate } from "./evaluate.js";
import { harden } from "./harden.js";
import { result, runCode, runFunction } from "./script/run.js";

const HOST = {
  __heddle_evaluate: evaluate,
  __heddle_check: check,
  __heddle_code: runCode,
  __heddle_function: runFunction,
  __heddle_code_result: result,
  __heddle_harden: harden,
};

for (const [name, value] of Object.entries(HOST)) Object.defineProperty(globalThis, name, { value });
