// What a person enters for a connection: the ERP's fields and its codes, as one flat set of values.
import type { ConnectFormQuery, EnteredQuery, NamedValueInput, TableInput } from "../api/typed";
import { texts } from "../texts";

type Host = ConnectFormQuery["hosts"][number];
type Stored = NonNullable<EnteredQuery["connectionForm"]>;

export type Code = keyof typeof texts.tables;
export type Values = Record<string, string>;

export const CODES = Object.keys(texts.tables) as Code[];

/** What the connection is called: no field of the ERP's has a colon in its name. */
export const NAME = ":name";

/** Where a form starts: what is stored, else the fields' defaults. A secret is never shown again. */
export function started(host: Host, stored: Stored | undefined, name: string): Values {
  const kept = new Map(stored?.fields.map(({ name, value }) => [name, value]));
  const fields = host.form.map((field): [string, string] => [field.name, kept.get(field.name) ?? field.default ?? ""]);
  return Object.fromEntries([[NAME, name], ...fields, ...CODES.map((code): [string, string] => [code, stored ? row(stored, code) : ""])]);
}

function row(stored: Stored, code: Code): string {
  const [table, name] = code.split(":");
  const rows = stored.tables.find((each) => each.name === table)?.rows;
  return rows?.find((each) => each.name === name)?.value ?? "";
}

export function filled(host: Host, values: Values): NamedValueInput[] {
  return host.form.flatMap(({ name }) => (values[name] ? [{ name, value: values[name] }] : []));
}

/** `payments:*` is the row `*` of the table `payments`; rows that this form does not show stay as they are stored. */
export function tablesOf(values: Values, stored: TableInput[] = []): TableInput[] {
  const shown = new Set<string>(CODES);
  const kept = stored.map(({ name, rows }) => ({ name, rows: rows.filter((each) => !shown.has(`${name}:${each.name}`)) }));
  const tables = new Map(kept.map((table) => [table.name, table]));
  for (const code of CODES) {
    const [name = "", own = ""] = code.split(":");
    const value = values[code]?.trim();
    if (!value) continue;
    const table = tables.get(name) ?? { name, rows: [] };
    table.rows.push({ name: own, value });
    tables.set(name, table);
  }
  return [...tables.values()].filter(({ rows }) => rows.length > 0);
}
