// The rewriting that makes a block safe and n8n-like: every free name, key, write and extension call is replaced.

import { DestructuringError, ExpressionError, invalidSyntax } from "./errors.js";
import { isExtension } from "./extensions/index.js";
import * as names from "./names.js";
import * as scopes from "./scopes.js";
import { call, hasOptional, isNode, keyName, literal, literalKey, standIn, unshare } from "./tree.js";
import { LISTS, MEMBERS, NOTHING } from "./writes.js";

/**
 * Rewrites the tree in place. Answers the new `expression`, the `locals` that it assigns without declaring, and what it
 * `writes`: NOTHING, perhaps LISTS (it names methods that change what they are called on), or MEMBERS for certain.
 */
export function transform(expression) {
  const rewriting = new Rewriting();
  const rewritten = rewriting.visit(expression, null);
  return { expression: forgiving(rewritten), locals: rewriting.settle(), writes: rewriting.writes };
}

/**
 * A block that is one path, `a.b.c(d).e`, is undefined when a part of it is missing. Said with `?.` it need not throw,
 * which is slow. What an extension method is called on stays as it is: there, n8n tells nothing from an error.
 */
function forgiving(expression) {
  for (let at = expression; at.type === "MemberExpression" || at.type === "CallExpression"; at = at.object ?? at.callee) {
    if (at.type === "MemberExpression" && !at.object.name?.startsWith(names.HELPER)) at.optional = true;
  }
  return expression;
}

class Rewriting {
  writes = NOTHING;
  #free = new Map();
  #assigned = new Set();

  visit(node, scope) {
    if (node === null || node === undefined) return node;
    const special = VISITORS[node.type];
    return special ? special(this, node, scope) : this.children(node, scope);
  }

  children(node, scope) {
    for (const key of Object.keys(node)) {
      const child = node[key];
      if (Array.isArray(child)) node[key] = child.map((each) => (isNode(each) ? this.visit(each, scope) : each));
      else if (isNode(child)) node[key] = this.visit(child, scope);
    }
    return node;
  }

  mayWrite(what) {
    this.writes = Math.max(this.writes, what);
  }

  reference(node, scope, { assigned = false } = {}) {
    if (node.name.startsWith(names.HELPER)) throw invalidSyntax();
    if (scopes.isDeclared(node.name, scope)) return node;
    if (assigned) this.#assigned.add(node.name);
    if (!this.#free.has(node.name)) this.#free.set(node.name, []);
    this.#free.get(node.name).push(node);
    return node;
  }

  /** Replaces free names by what they stand for. Names that the block assigns become its own locals. */
  settle() {
    const locals = [];
    for (const [name, nodes] of this.#free) {
      if (this.#assigned.has(name)) locals.push({ name, initial: standIn(name, false) });
      else for (const node of nodes) Object.assign(node, standIn(name, node.called));
    }
    return locals;
  }

  /** The target of a write: a pattern, a name, or a member of an object that must be writable. */
  target(node, scope) {
    switch (node.type) {
      case "Identifier":
        return this.reference(node, scope, { assigned: true });
      case "MemberExpression":
        this.mayWrite(MEMBERS);
        this.visit(node, scope);
        if (node.object.type !== "Super") node.object = call(names.WRITE, node.object);
        return node;
      case "ArrayPattern":
        node.elements = node.elements.map((element) => element && this.target(element, scope));
        return node;
      case "ObjectPattern":
        for (const property of node.properties) this.#patternProperty(property, scope, true);
        return node;
      case "AssignmentPattern":
        node.left = this.target(node.left, scope);
        node.right = this.visit(node.right, scope);
        return node;
      case "RestElement":
        node.argument = this.target(node.argument, scope);
        return node;
      default:
        throw invalidSyntax();
    }
  }

  /** A pattern that declares its names: only its defaults and computed keys are expressions. */
  binding(node, scope) {
    switch (node?.type) {
      case "Identifier":
        if (node.name.startsWith(names.HELPER)) throw invalidSyntax();
        break;
      case "ArrayPattern":
        for (const element of node.elements) this.binding(element, scope);
        break;
      case "ObjectPattern":
        for (const property of node.properties) this.#patternProperty(property, scope, false);
        break;
      case "AssignmentPattern":
        this.binding(node.left, scope);
        node.right = this.visit(node.right, scope);
        break;
      case "RestElement":
        this.binding(node.argument, scope);
        break;
    }
  }

  #patternProperty(property, scope, assigns) {
    if (property.type === "RestElement") {
      if (assigns) this.target(property, scope);
      else this.binding(property, scope);
      return;
    }
    if (property.computed) {
      throw new DestructuringError("Computed property names are not allowed in destructuring due to security concerns");
    }
    const key = keyName(property.key);
    if (names.isForbidden(key)) {
      throw new DestructuringError(`Cannot destructure "${key}" due to security concerns`);
    }
    if (names.isMutating(key)) this.mayWrite(LISTS);
    unshare(property);
    if (assigns) property.value = this.target(property.value, scope);
    else this.binding(property.value, scope);
  }
}

const VISITORS = {
  Identifier: (rewriting, node, scope) => rewriting.reference(node, scope),

  ThisExpression: (rewriting, node, scope) => (scopes.hasThis(scope) ? call(names.THIS, node) : call(names.THIS)),

  MemberExpression(rewriting, node, scope) {
    node.object = rewriting.visit(node.object, scope);
    if (node.property.type === "PrivateIdentifier") return node;
    const known = node.computed ? literalKey(node.property) : node.property.name;
    if (known === undefined) {
      node.property = call(names.KEY, rewriting.visit(node.property, scope));
      return node;
    }
    if (names.isForbidden(known)) {
      throw new ExpressionError(`Cannot access "${known}" due to security concerns`);
    }
    if (names.isMutating(known)) rewriting.mayWrite(LISTS);
    return node;
  },

  CallExpression(rewriting, node, scope) {
    if (node.callee.type === "Identifier") node.callee.called = true;
    const { callee } = node;
    if (callee.type !== "MemberExpression" || callee.computed || callee.object.type === "Super") {
      return rewriting.children(node, scope);
    }
    if (!isExtension(callee.property.name)) return rewriting.children(node, scope);
    const helper = hasOptional(callee) || node.optional ? names.EXTEND_OPTIONAL : names.EXTEND;
    const receiver = rewriting.visit(callee.object, scope);
    const rest = node.arguments.map((argument) => rewriting.visit(argument, scope));
    return call(helper, literal(callee.property.name), receiver, ...rest);
  },

  ChainExpression(rewriting, node, scope) {
    node.expression = rewriting.visit(node.expression, scope);
    return node;
  },

  UnaryExpression(rewriting, node, scope) {
    const { argument } = node;
    const member = argument.type === "ChainExpression" ? argument.expression : argument;
    if (node.operator !== "delete" || member.type !== "MemberExpression") return rewriting.children(node, scope);
    if (member === argument) node.argument = rewriting.target(argument, scope);
    else return literal(true); // `delete a?.b` works on a copy, so nobody can tell
    return node;
  },

  UpdateExpression(rewriting, node, scope) {
    node.argument = rewriting.target(node.argument, scope);
    return node;
  },

  AssignmentExpression(rewriting, node, scope) {
    node.left = rewriting.target(node.left, scope);
    node.right = rewriting.visit(node.right, scope);
    return node;
  },

  Property(rewriting, node, scope) {
    // n8n's compiler takes neither methods nor accessors in object literals.
    if (node.method || node.kind !== "init") throw invalidSyntax();
    unshare(node);
    if (node.computed) node.key = call(names.KEY, rewriting.visit(node.key, scope));
    node.value = rewriting.visit(node.value, scope);
    return node;
  },

  MethodDefinition: classMember,
  PropertyDefinition: classMember,

  FunctionExpression: functionNode,
  FunctionDeclaration: functionNode,
  ArrowFunctionExpression: functionNode,

  ClassExpression: classNode,
  ClassDeclaration: classNode,

  StaticBlock: (rewriting, node, scope) => rewriting.children(node, scopes.inner(scope, scopes.lexical(node.body), true)),

  BlockStatement: (rewriting, node, scope) => rewriting.children(node, scopes.inner(scope, scopes.lexical(node.body))),

  SwitchStatement(rewriting, node, scope) {
    const declared = scopes.lexical(node.cases.flatMap((each) => each.consequent));
    node.discriminant = rewriting.visit(node.discriminant, scope);
    node.cases = node.cases.map((each) => rewriting.children(each, scopes.inner(scope, declared)));
    return node;
  },

  // A failed write to frozen data must not be caught: such a block gets its own copy at once.
  TryStatement(rewriting, node, scope) {
    rewriting.mayWrite(MEMBERS);
    return rewriting.children(node, scope);
  },

  CatchClause(rewriting, node, scope) {
    const caught = scopes.inner(scope, scopes.bound(node.param));
    rewriting.binding(node.param, caught);
    node.body = rewriting.visit(node.body, caught);
    return node;
  },

  VariableDeclaration(rewriting, node, scope) {
    for (const each of node.declarations) {
      rewriting.binding(each.id, scope);
      each.init = rewriting.visit(each.init, scope);
    }
    return node;
  },

  ForStatement(rewriting, node, scope) {
    const declares = node.init?.type === "VariableDeclaration";
    return rewriting.children(node, declares ? scopes.inner(scope, scopes.declared(node.init)) : scope);
  },

  ForInStatement: forEach,
  ForOfStatement: forEach,

  LabeledStatement(rewriting, node, scope) {
    node.body = rewriting.visit(node.body, scope);
    return node;
  },
  BreakStatement: (rewriting, node) => node,
  ContinueStatement: (rewriting, node) => node,

  MetaProperty(rewriting, node) {
    if (node.meta.name === "import") throw invalidSyntax();
    return node;
  },
  ImportExpression() {
    throw invalidSyntax();
  },
};

function functionNode(rewriting, node, scope) {
  const own = scopes.inner(scope, scopes.ofFunction(node), node.type !== "ArrowFunctionExpression");
  for (const parameter of node.params) rewriting.binding(parameter, own);
  node.body = rewriting.visit(node.body, own);
  return node;
}

function classNode(rewriting, node, scope) {
  const own = scopes.inner(scope, scopes.bound(node.id));
  node.superClass = rewriting.visit(node.superClass, own);
  node.body.body = node.body.body.map((member) => rewriting.visit(member, own));
  return node;
}

function classMember(rewriting, node, scope) {
  if (node.computed) node.key = call(names.KEY, rewriting.visit(node.key, scope));
  const isField = node.type === "PropertyDefinition";
  node.value = rewriting.visit(node.value, isField ? scopes.inner(scope, new Set(), true) : scope);
  return node;
}

function forEach(rewriting, node, scope) {
  const declares = node.left.type === "VariableDeclaration";
  const own = declares ? scopes.inner(scope, scopes.declared(node.left)) : scope;
  node.left = declares ? rewriting.visit(node.left, own) : rewriting.target(node.left, scope);
  node.right = rewriting.visit(node.right, own);
  node.body = rewriting.visit(node.body, own);
  return node;
}
