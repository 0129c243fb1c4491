// A message as people read it: names and values, one inside the other.
import { texts } from "../texts";

const DEEPEST = 6;
const LONGEST = 40;

export function Tree({ value, depth = 0 }: { value: unknown; depth?: number }) {
  const entries = parts(value);
  return (
    <s-unordered-list>
      {entries.slice(0, LONGEST).map(([name, inner]) => (
        <s-list-item key={name}>
          <s-text type="strong">{worded(name)}</s-text>
          {parts(inner).length && depth < DEEPEST ? (
            <Tree value={inner} depth={depth + 1} />
          ) : (
            <s-text> {plain(inner)}</s-text>
          )}
        </s-list-item>
      ))}
      {entries.length > LONGEST && <s-list-item>{texts.general.more(entries.length - LONGEST)}</s-list-item>}
    </s-unordered-list>
  );
}

function parts(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((each, at) => [`${at + 1}.`, each]);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** `due_date` and `dueDate` read as “due date”. */
export function worded(name: string): string {
  return name.replaceAll("_", " ").replace(/(?<=[a-z])([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function plain(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "object" && Object.keys(value).length === 0) return "—";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" || typeof value === "number" ? String(value) : "…";
}
