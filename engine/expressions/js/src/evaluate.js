// A batch: every template for every item, one exported column a template.

import { compile } from "./compile.js";
import { describe, ExpressionError, TemplateError } from "./errors.js";
import { Column } from "./export.js";
import { allowMutation, wasTouched } from "./guards.js";
import { setClock } from "./luxon.js";
import { Views } from "./views.js";
import { World } from "./world.js";
import { LISTS, MEMBERS, NOTHING } from "./writes.js";

/** `{templates, indexes, world}` as JSON text → `{columns: [{v, s, e}]}` as JSON text. */
export function evaluate(text) {
  const { templates, indexes, world: raw } = JSON.parse(text);
  setClock({ timezone: raw.workflow?.timezone, now_ms: raw.now_ms });
  const world = new World(raw);
  const views = new Views(world, compile);
  const columns = templates.map((template) => column(compile(template), indexes, views));
  return JSON.stringify({ columns });
}

function column({ constant, problem, run, writes }, indexes, views) {
  const cells = new Column();
  for (const index of indexes) {
    if (constant !== undefined) cells.push(constant);
    else if (problem !== undefined) cells.fail(describe(problem));
    else cell(cells, run, index, views, writes);
  }
  return cells;
}

/**
 * `writes` picks the view. A block that only might write starts on frozen data: if it throws there, it is run again on
 * a copy. So is one that reached for a mutating method under a name that it computed.
 */
function cell(cells, run, index, views, writes) {
  const data = views.for(writes);
  data.at(index);
  allowMutation(writes !== NOTHING);
  const outcome = attempt(run, data);
  if (writes !== MEMBERS && (wasTouched() || (writes === LISTS && outcome === SILENT))) {
    cell(cells, run, index, views, MEMBERS);
    return;
  }
  try {
    if (outcome.error !== undefined) cells.fail(outcome.error);
    else cells.push(outcome.value);
  } catch (error) {
    cells.fail(describe(error instanceof ExpressionError ? error : new TemplateError(String(error?.message))));
  }
}

/** Only expression errors reach the node: any other exception is a value that is undefined. */
function attempt(run, data) {
  try {
    return { value: run(data), error: undefined };
  } catch (error) {
    return error instanceof ExpressionError ? { value: undefined, error: describe(error) } : SILENT;
  }
}

const SILENT = Object.freeze({ value: undefined, error: undefined });

/** `{templates}` as JSON text → `[null | message]`: whether each template compiles. */
export function check(text) {
  const { templates } = JSON.parse(text);
  return JSON.stringify(templates.map((template) => compile(template).problem?.message ?? null));
}
