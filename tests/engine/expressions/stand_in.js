// A tiny bundle with the real one's three functions: enough to test the host without the expression language.
(function () {
  "use strict";
  const parse = JSON.parse, text = JSON.stringify, Make = Function;
  const tag = (v, found) => {
    if (v === undefined) { found.s = true; return { $js: "undefined" }; }
    if (typeof v === "number" && v !== v) { found.s = true; return { $js: "nan" }; }
    if (typeof v === "function") throw new Error("this is a function");
    if (Array.isArray(v)) return v.map((e) => tag(e, found));
    if (v && typeof v === "object") {
      const out = {};
      for (const k of Object.keys(v)) out[k] = tag(v[k], found);
      if ("$js" in v) { found.s = true; return { $js: "raw", v: out }; }
      return out;
    }
    return v;
  };
  const body = (template) => template.slice(3, -2);
  globalThis.__heddle_evaluate = (request) => {
    const { templates, indexes, world } = parse(request);
    const items = world.inputs[0];
    return text({
      columns: templates.map((template) => {
        const column = { v: [], s: [], e: {} };
        const f = Make("$json", "$itemIndex", "return (" + body(template) + ")");
        indexes.forEach((index, at) => {
          const found = {};
          column.v[at] = null;
          try {
            let value;
            try { value = f(items[index].json, index); } catch (error) {
              if (error.fatal) throw error;
              value = undefined;
            }
            column.v[at] = tag(value, found);
          } catch (error) { column.e[at] = { message: error.message, name: error.name }; }
          if (found.s) column.s.push(at);
        });
        return column;
      }),
    });
  };
  globalThis.__heddle_check = (request) =>
    text(parse(request).templates.map((template) => {
      try { Make("return (" + body(template) + ")"); return null; } catch (error) { return error.message; }
    }));
  let result = "";
  globalThis.__heddle_code = (request) => {
    const { code, world } = parse(request);
    const log = [];
    const items = world.inputs[0];
    const console = { log: (...words) => log.push(words.join(" ")) };
    const done = (value) => { result = text({ items: value, log }); };
    const failed = (error) => { result = text({ error: { message: error.message, name: error.name }, log }); };
    const run = Make("items", "console", "return (async () => {" + code + "})()");
    try { run(items, console).then(done, failed); } catch (error) { failed(error); }
    return result;
  };
  globalThis.__heddle_code_result = () => result;
  globalThis.__heddle_harden = () => {
    const seen = new Set(), queue = [globalThis, Object.getPrototypeOf(function* () {}), Object.getPrototypeOf(async () => {})];
    while (queue.length) {
      const o = queue.pop();
      if (o === null || (typeof o !== "object" && typeof o !== "function") || seen.has(o)) continue;
      seen.add(o);
      queue.push(Object.getPrototypeOf(o));
      for (const k of Reflect.ownKeys(o)) {
        const d = Object.getOwnPropertyDescriptor(o, k);
        queue.push(d.value, d.get, d.set);
      }
    }
    for (const o of seen) Object.freeze(o);
  };
})();
