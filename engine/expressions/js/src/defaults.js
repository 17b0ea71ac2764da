// Parameters as n8n shows them: what is stored, over the defaults of the node types whose defaults expressions meet.

const DEFAULTS = new Map([
  ["n8n-nodes-base.code", { mode: "runOnceForAllItems", language: "javaScript", jsCode: "", notice: "" }],
  [
    "n8n-nodes-base.set",
    { mode: "manual", duplicateItem: false, assignments: { assignments: [] }, includeOtherFields: false, options: {} },
  ],
]);

/** The node's parameters over the defaults of its type. */
export function withDefaults({ type, parameters }) {
  const defaults = DEFAULTS.get(type);
  return defaults === undefined ? (parameters ?? {}) : { ...defaults, ...parameters };
}
