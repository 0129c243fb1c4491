// What the ERP calls the things of a plain shop: each name that its locations and last orders have, beside the ERP's codes.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { SetupMapDocument, SetupTablesDocument } from "../../api/typed";
import type { SetupTablesQuery, TableInput } from "../../api/typed";
import { setup as words } from "../../texts/setup";
import { Answer } from "../answer";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { Code } from "./code";
import { Refused, StepSection, stepWhile } from "./step";
import { Press } from "../press";

type Found = SetupTablesQuery["setupTables"];
type Table = Found["tables"][number];

/** By table and name; `*` is whatever has no code of its own. */
type Codes = Record<string, string>;

const REST = "*";
const at = (table: string, value: string) => `${table} ${value}`;

export function MapStep({ connection, onward }: { connection: string; onward: () => void }) {
  const query = useQuery({
    queryKey: ["setup tables", connection],
    queryFn: () => ask(SetupTablesDocument, { connection }),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  return (
    <Answer
      query={query}
      empty={({ setupTables }) => (setupTables.userErrors.length ? <Unread wrong={setupTables.userErrors} /> : undefined)}
      within={stepWhile("MAP")}
    >
      {({ setupTables }) => <Tables connection={connection} found={setupTables} onward={onward} />}
    </Answer>
  );
}

function Unread({ wrong }: { wrong: Wrong[] }) {
  return (
    <StepSection step="MAP">
      <Refused errors={wrong} heading={words.unread} />
    </StepSection>
  );
}

/** What is mapped already, else what is called the same there. */
function started(tables: Table[]): Codes {
  return Object.fromEntries(
    tables.flatMap(({ name, rest, values }) => [
      [at(name, REST), rest ?? ""],
      ...values.map(({ value, code, proposed }): [string, string] => [at(name, value), code ?? proposed ?? ""]),
    ]),
  ) as Codes;
}

function entered(tables: Table[], codes: Codes): TableInput[] {
  return tables.map(({ name, values }) => ({
    name,
    rows: [REST, ...values.map(({ value }) => value)].map((value) => ({ name: value, value: codes[at(name, value)] ?? "" })),
  }));
}

function Tables({ connection, found, onward }: { connection: string; found: Found; onward: () => void }) {
  const [codes, change] = useState(() => started(found.tables));
  const [errors, complain] = useState<Wrong[]>([]);
  const save = useChange(
    SetupMapDocument,
    (result) => result.setupMap,
    () => {
      onward();
      return words.mapped;
    },
    complain,
  );
  return (
    <form
      data-save-bar
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ connection, tables: entered(found.tables, codes) });
      }}
      onReset={() => change(started(found.tables))}
    >
      <StepSection step="MAP" errors={errors}>
        <s-text>{words.looked(found.orders)}</s-text>
        {found.tables.map((table) => (
          <One key={table.name} table={table} codes={codes} set={(value, code) => change((before) => ({ ...before, [at(table.name, value)]: code }))} />
        ))}
        <s-stack direction="inline" gap="small">
          <Press type="submit" variant="primary" of={save}>
            {words.save}
          </Press>
          <s-button href="/mapping/tables">{words.more}</s-button>
        </s-stack>
      </StepSection>
    </form>
  );
}

function One({ table, codes, set }: { table: Table; codes: Codes; set: (value: string, code: string) => void }) {
  const heading = words.tables[table.name] ?? table.name;
  return (
    <s-stack gap="small">
      <s-divider />
      <s-heading>{heading}</s-heading>
      {table.values.map(({ value, label, orders, code, proposed }) => (
        <Code
          key={value}
          label={label}
          value={codes[at(table.name, value)] ?? ""}
          choices={table.choices}
          details={[words.named(orders), !code && proposed ? words.proposed : ""].filter(Boolean).join(". ")}
          set={(chosen) => set(value, chosen)}
        />
      ))}
      <Code
        label={words.rest(heading)}
        value={codes[at(table.name, REST)] ?? ""}
        choices={table.choices}
        details={words.restMore(table.name)}
        set={(chosen) => set(REST, chosen)}
      />
    </s-stack>
  );
}
