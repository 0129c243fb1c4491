// Whatever changes something is shut for those who may not, and every view says why: found in the sources, whatever the view.
import { describe, expect, it } from "vitest";
import needs from "../../app/graphql/needs.json";
import { mutations, parsed, routes, sources, walk, whole } from "./sources";
import type { Source, Tree } from "./sources";

const needed: Record<string, string> = needs;

/** These shut themselves by what they are given. */
const SHUT_BY = new Map([
  ["Press", "of"],
  ["Asked", "of"],
  ["Confirmation", "of"],
  ["Checked", "of"],
  ["ChosenFile", "needs"],
]);

const named = (node: unknown) => (node as Tree | undefined)?.["name"] as string | undefined;
const part = (node: Tree, name: string) => node[name] as Tree;

/** Names of a file whose use leads to a change: what a mutation is kept in is followed through functions of the file. */
function leading(source: Source): Set<string> {
  const found = new Set<string>();
  const bodies = new Map<string, Tree>();
  walk(source.tree, (node) => {
    if (node.type === "VariableDeclarator" && named(node["id"])) bodies.set(named(node["id"]) ?? "", part(node, "init"));
    if (node.type === "FunctionDeclaration" && named(node["id"])) bodies.set(named(node["id"]) ?? "", part(node, "body"));
  });
  const before = () => found.size;
  for (let size = -1; size !== before(); ) {
    size = before();
    for (const [name, body] of bodies) if (!/^[A-Z]/.test(name) && changes(body, found)) found.add(name);
  }
  return found;
}

/** Whether a function that is made here, or called here, has something changed. What a hook is given does so later. */
function changes(body: unknown, names: Set<string>): boolean {
  let found = false;
  walk(body, (node) => {
    if (node.type !== "CallExpression") return;
    const callee = part(node, "callee");
    const member = callee.type === "MemberExpression" ? named(callee["property"]) : undefined;
    if (member === "mutate" || member === "mutateAsync") found = true;
    if (callee.type === "Identifier" && names.has(named(callee) ?? "")) found = true;
  });
  return found;
}

/** Elements that change something when they are used, and nothing shuts them. */
function open(source: Source): string[] {
  const names = leading(source);
  const found: string[] = [];
  const submits = changes(source.tree, names);
  walk(source.tree, (node) => {
    if (node.type !== "JSXOpeningElement") return;
    const element = named(node["name"]) ?? "";
    const attributes = (node["attributes"] as Tree[]).filter(({ type }) => type === "JSXAttribute");
    const has = (name: string) => attributes.find((each) => named(each["name"]) === name);
    const text = source.text.slice(node.start, node.end);
    const handlers = attributes.filter((each) => element !== "form" && part(each, "value")?.type === "JSXExpressionContainer");
    const acts = handlers.some((each) => {
      const expression = part(part(each, "value"), "expression");
      return changes(expression, names) || names.has(named(expression) ?? "");
    });
    const sends = submits && element === "s-button" && has("type") && text.includes('type="submit"');
    if (!acts && !sends) return;
    const by = SHUT_BY.get(element);
    const shut = by ? has(by) : has("disabled") && /disabled=\{[^\n]*why\(/.test(text);
    if (!shut) found.push(`${source.path}: <${element}>`);
  });
  return found;
}

/** The permissions that something of a view asks for, and those whose lack it explains. */
function asked(path: string) {
  const files = [...whole(path)].filter((each) => !each.includes("/api/")).map((each) => sources.get(each)?.text ?? "");
  const all = files.join("\n");
  const wanted = [...mutations].filter(([document]) => new RegExp(`\\b${document}\\b`).test(all)).map(([, field]) => needed[field] ?? field);
  const said = [...all.matchAll(/<Barred needs=(?:"(\w+)"|\{\[([^\]]+)\]\})/g)].flatMap(([, one, more]) => (one ? [one] : (more?.match(/\w+/g) ?? [])));
  return { wanted: [...new Set(wanted)].sort(), said: [...new Set(said)].sort() };
}

describe("what changes something", () => {
  it("is shut for those who may not", () => {
    expect([...sources.values()].flatMap(open)).toEqual([]);
  });

  it("would be found if it were not", () => {
    const levels = sources.get("../src/components/levels.tsx");
    if (!levels) throw new Error("stock levels have a button");
    const text = levels.text.replaceAll(/(<\/?)Press\b/g, "$1s-button");
    expect(text).not.toBe(levels.text);
    expect(open(parsed(levels.path, text))).toEqual(["../src/components/levels.tsx: <s-button>"]);
  });

  it("is known with its permission", () => {
    expect([...mutations.values()].filter((field) => !needed[field])).toEqual([]);
    expect(mutations.size).toBeGreaterThan(50);
  });
});

describe.each([...routes])("%s", (_, path) => {
  it("says why for everything that it may be pressed for", () => {
    const { wanted, said } = asked(path);
    expect(wanted.filter((each) => !said.includes(each))).toEqual([]);
  });
});
