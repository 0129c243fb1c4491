// What the server answered along with the page's document. Each answer is taken once, and only while the page starts: what is asked
// again is to be as it is then.
import { START } from "./early";

const PLACE = "first";

interface Brought {
  name: string;
  variables: Record<string, unknown>;
  data: unknown;
}

let kept: Brought[] | undefined;

/** A document that was cut short brings nothing. */
function all(): Brought[] {
  if (typeof document === "undefined") return [];
  try {
    return JSON.parse(document.getElementById(PLACE)?.textContent || "[]") as Brought[];
  } catch {
    return [];
  }
}

/** Whatever was brought and not taken may be another thing by now. */
export function outdated(): void {
  kept = [];
}

/** The data of this very question, its variables included, where the document brought it. */
export function brought(question: string, variables: object = {}): unknown {
  const name = /^\s*query\s+(\w+)/.exec(question)?.[1];
  kept ??= all();
  const found = kept.find((each) => each.name === name && same(each.variables, variables));
  if (!found || performance.now() >= START) return undefined;
  kept = kept.filter((each) => each !== found);
  return found.data;
}

/** Their order does not count. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
}

function ordered(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.map(([name, each]) => [name, ordered(each)]);
}
