// Which names a function or block declares, so that the others are known to come from outside.

/** Names bound by a pattern: an identifier, `{ a, b: [c] = d, ...e }`. */
export function bound(pattern, names = new Set()) {
  switch (pattern?.type) {
    case "Identifier":
      names.add(pattern.name);
      break;
    case "ObjectPattern":
      for (const property of pattern.properties) bound(property.value ?? property.argument, names);
      break;
    case "ArrayPattern":
      for (const element of pattern.elements) bound(element, names);
      break;
    case "AssignmentPattern":
      bound(pattern.left, names);
      break;
    case "RestElement":
      bound(pattern.argument, names);
      break;
  }
  return names;
}

/** Names that `let`, `const`, `class` and `function` declare directly in a list of statements. */
export function lexical(statements) {
  const names = new Set();
  for (const statement of statements) {
    if (statement.type === "VariableDeclaration" && statement.kind !== "var") declared(statement, names);
    if (statement.type === "ClassDeclaration" || statement.type === "FunctionDeclaration") bound(statement.id, names);
  }
  return names;
}

/** Names of a `let x, y` declaration. */
export function declared(declaration, names = new Set()) {
  for (const { id } of declaration.declarations) bound(id, names);
  return names;
}

/** Names that a function's own body sees: parameters, `var`s at any depth, and its top-level declarations. */
export function ofFunction(node) {
  const names = node.body.type === "BlockStatement" ? lexical(node.body.body) : new Set();
  for (const parameter of node.params) bound(parameter, names);
  hoisted(node.body, names);
  if (node.type === "FunctionExpression" && node.id) names.add(node.id.name);
  return names;
}

function hoisted(node, names) {
  if (Array.isArray(node)) {
    for (const each of node) hoisted(each, names);
    return;
  }
  if (typeof node?.type !== "string" || /Function|^Class/.test(node.type)) return;
  if (node.type === "VariableDeclaration" && node.kind === "var") declared(node, names);
  for (const key in node) if (typeof node[key] === "object") hoisted(node[key], names);
}

// ------------------------------------------------------------------------------------------------ chains of scopes

/** A scope inside another; `binds` says that it has its own `this`. The outermost is null. */
export const inner = (outer, names, binds = false) => ({ outer, names, binds });

export function isDeclared(name, scope) {
  for (let at = scope; at !== null; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

export function hasThis(scope) {
  for (let at = scope; at !== null; at = at.outer) if (at.binds) return true;
  return false;
}
