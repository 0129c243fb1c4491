// Every way of the page leads to a view that there is: whatever looks like an address in the sources is one of the routes.
import { describe, expect, it } from "vitest";
import { routes, sources, walk } from "./sources";
import type { Tree } from "./sources";

/** What the server answers besides views. */
const OTHERS = ["/graphql", "/downloads/"];
const ANY = "\u0000";

const patterns = [...routes.keys()].map((path) => new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`));
const leads = (path: string) => patterns.some((pattern) => pattern.test(path));

/** Addresses that a file names, without what is asked of them; what is put in while it runs stands as one part. */
function addresses(tree: Tree): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    if (node.type === "Literal" && typeof node["value"] === "string") found.push(node["value"]);
    if (node.type !== "TemplateLiteral") return;
    const parts = (node["quasis"] as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
    found.push(parts.join(ANY));
  });
  const whole = found.map((each) => each.split(/[?#]/)[0] ?? "").filter((each) => /^\/([a-z]|$)/.test(each));
  // What follows the path is put in as one: `/setup${asked}`.
  return whole.map((each) => (leads(each.replace(ANY, "")) ? each.replace(ANY, "") : each)).filter((each) => !OTHERS.some((other) => each.startsWith(other)));
}

const ours = [...sources.values()].filter(({ path }) => !path.includes("/api/"));
const named = ours.flatMap(({ path, tree }) => addresses(tree).map((address) => ({ path, address })));

describe("the page's ways", () => {
  it("lead to views", () => {
    const lost = named.filter(({ path, address }) => !path.endsWith("/app.tsx") && !leads(address));
    expect(lost).toEqual([]);
    expect(named.length).toBeGreaterThan(60);
    expect(leads("/connections")).toBe(false);
  });

  it("lead to every view", () => {
    const ways = new Set(named.filter(({ path }) => !path.endsWith("/app.tsx")).map(({ address }) => address));
    const menu = [...(sources.get("../src/app.tsx")?.text ?? "").matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href ?? "");
    for (const href of menu) ways.add(href);
    const reached = (route: string) => [...ways].some((way) => new RegExp(`^${route.replaceAll(/:\w+/g, "[^/]+")}$`).test(way));
    expect([...routes.keys()].filter((route) => !reached(route))).toEqual([]);
    expect(menu.every(leads)).toBe(true);
  });
});
