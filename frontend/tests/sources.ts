// The page's own sources as trees, and what each view is made of: for tests that hold for every view there is or will be.
import { parseSync } from "vite";

export interface Tree {
  type: string;
  start: number;
  end: number;
  [part: string]: unknown;
}

export interface Source {
  path: string;
  text: string;
  tree: Tree;
  /** What it loads at once, and what it loads when that is wanted: files of ours. */
  imports: string[];
  lazily: string[];
}

const texts: Record<string, string> = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const queries: Record<string, string> = import.meta.glob("../src/api/queries/*.graphql", { query: "?raw", import: "default", eager: true });

export const sources = new Map(Object.entries(texts).map(([path, text]): [string, Source] => [path, parsed(path, text)]));

/** By name of the document: the field of the API that it changes something by. */
export const mutations = new Map(
  Object.values(queries)
    .flatMap((text) => [...text.matchAll(/^mutation (\w+)[^{]*\{\s*(\w+)/gm)])
    .map(([, name, field]): [string, string] => [`${name}Document`, field ?? ""]),
);

/** A view's file by the name of the component that `app.tsx` routes to. */
export const routes = routed();

export function parsed(path: string, text: string): Source {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length) throw new Error(`${path}: ${errors[0]?.message}`);
  const found = (name: string) => [`${name}.tsx`, `${name}.ts`].find((each) => each in texts);
  const ours = (names: string[]) => names.filter((name) => name.startsWith(".")).map((name) => found(joined(path, name)));
  const lazily = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1));
  return {
    path,
    text,
    tree: program as unknown as Tree,
    imports: ours(module.staticImports.map(({ moduleRequest }) => moduleRequest.value)).filter((each) => each !== undefined),
    lazily: ours(lazily).filter((each) => each !== undefined),
  };
}

function joined(path: string, name: string): string {
  return new URL(name, `file:///tests/${path}`).pathname.replace(/^\/src/, "../src");
}

/** The file and all that it loads, at once or later. */
export function whole(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const { imports = [], lazily = [] } = sources.get(path) ?? {};
  for (const each of [...imports, ...lazily]) whole(each, seen);
  return seen;
}

export function walk(node: unknown, visit: (tree: Tree) => void): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit);
  else if (node !== null && typeof node === "object") {
    if (typeof (node as Tree).type === "string") visit(node as Tree);
    for (const part of Object.values(node)) if (typeof part === "object") walk(part, visit);
  }
}

function routed(): Map<string, string> {
  const app = sources.get("../src/app.tsx");
  if (!app) throw new Error("there is no app.tsx");
  const files = new Map([...app.text.matchAll(/(?:const|import \{) (\w+)[^"\n]* (?:import\(|from )"(\.\/pages\/[^"]+)"/g)].map(([, name, at]) => [name, at]));
  const paths = [...app.text.matchAll(/<Route path="([^"]+)" component=\{(\w+)\}/g)];
  return new Map(paths.map(([, path, name]) => [path ?? "", `${joined(app.path, files.get(name) ?? "")}.tsx`]));
}
