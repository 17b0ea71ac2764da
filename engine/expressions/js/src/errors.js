// What an expression can fail with: these errors reach the node, every other exception is a silent `undefined`.

/** An error with n8n's message. `description`, `type` and `context` are optional. */
export class ExpressionError extends Error {
  constructor(message, { description, type, context } = {}) {
    super(message);
    define(this, "description", description);
    define(this, "type", type);
    define(this, "context", context);
  }
}

/** An extension method that was called wrongly. */
export class ExtensionError extends ExpressionError {}

/** A destructuring pattern that reaches for a forbidden name. */
export class DestructuringError extends ExpressionError {}

/** The template does not parse, or its value is a function. n8n raises a plain Error for these. */
export class TemplateError extends ExpressionError {}

// Names live on the prototypes: assigning them would fail once the realm is frozen.
named(ExpressionError, "ExpressionError");
named(ExtensionError, "ExpressionExtensionError");
named(DestructuringError, "ExpressionDestructuringError");
named(TemplateError, "Error");

export const invalidSyntax = () => new TemplateError("invalid syntax");

/** An error as data: `message` and `name`, and what else it carries. */
export function describe(error) {
  const { message, name, description, context, type } = error;
  return { message, name, description, context, type };
}

function named(type, name) {
  define(type.prototype, "name", name);
}

function define(target, key, value) {
  Object.defineProperty(target, key, { value, configurable: true });
}
