// The codes an ERP wants in its documents: one for each thing every order has.
import type { TableInput } from "../api/typed";
import { texts } from "../texts";

type Code = keyof typeof texts.tables;

export const CODES = Object.keys(texts.tables) as Code[];

export function Codes({ values, set }: { values: Record<string, string>; set: (name: string, value: string) => void }) {
  return (
    <s-stack gap="base">
      <s-stack gap="none">
        <s-heading>{texts.connect.tables}</s-heading>
        <s-text color="subdued">{texts.connect.tablesMore}</s-text>
      </s-stack>
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr, 1fr" gap="base">
          {CODES.map((code) => (
            <s-text-field
              key={code}
              name={code}
              label={texts.tables[code].label}
              details={texts.tables[code].help}
              value={values[code] ?? ""}
              autocomplete="off"
              onInput={(event) => set(code, event.currentTarget.value)}
            />
          ))}
        </s-grid>
      </s-query-container>
    </s-stack>
  );
}

/** `payments:*` is the row `*` of the table `payments`; what is empty is left out. */
export function tablesOf(values: Record<string, string>): TableInput[] {
  const tables = new Map<string, TableInput>();
  for (const code of CODES) {
    const [name = "", row = ""] = code.split(":");
    const value = values[code]?.trim();
    if (!value) continue;
    const table = tables.get(name) ?? { name, rows: [] };
    table.rows.push({ name: row, value });
    tables.set(name, table);
  }
  return [...tables.values()];
}
