// What the host calls: JSON text in, JSON text out.

import { check, evaluate } from "./evaluate.js";
import { harden } from "./harden.js";
import { defineGlobals } from "./host.js";

defineGlobals({ __heddle_evaluate: evaluate, __heddle_check: check, __heddle_harden: harden });
