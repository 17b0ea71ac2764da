// What the host calls to run scripts: JSON text in, JSON text out.

import { defineGlobals } from "../host.js";
import { result, runCode, runFunction } from "./run.js";

defineGlobals({ __heddle_code: runCode, __heddle_function: runFunction, __heddle_code_result: result });
