// One page of a table's rows: what the store says, a field for what the ERP is told, and a button that takes the row away.
import { tablesPage } from "../../texts/mapping_tables";
import { CodeField } from "./code_field";
import type { Page, Shown } from "./table_rows";
import type { Choice } from "./waiting";

interface Given {
  page: Page<Shown>;
  named: (name: string) => string;
  choices: Choice[] | null | undefined;
  set: (name: string, now: string | null) => void;
  turn: (at: number) => void;
}

export function TableLines({ page, named, choices, set, turn }: Given) {
  const words = tablesPage.editor;
  return (
    <s-table
      paginate={page.before || page.after}
      hasPreviousPage={page.before}
      hasNextPage={page.after}
      onPreviousPage={() => turn(page.at - 1)}
      onNextPage={() => turn(page.at + 1)}
    >
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.store}</s-table-header>
        <s-table-header listSlot="labeled">{words.erp}</s-table-header>
        <s-table-header listSlot="inline">{words.row}</s-table-header>
      </s-table-header-row>
      <s-table-body>
        {page.rows.map((row) => (
          <Line key={row.name} row={row} called={named(row.name)} choices={choices} set={set} />
        ))}
      </s-table-body>
    </s-table>
  );
}

interface LineGiven {
  row: Shown;
  called: string;
  choices: Given["choices"];
  set: Given["set"];
}

function Line({ row, called, choices, set }: LineGiven) {
  const words = tablesPage.editor;
  const gone = row.standing === "gone";
  return (
    <s-table-row>
      <s-table-cell>
        <s-stack direction="inline" gap="small-200" alignItems="center">
          <s-text color={gone ? "subdued" : "base"}>{called}</s-text>
          {called !== row.name && <s-text color="subdued">{row.name}</s-text>}
          {row.standing !== "same" && <s-badge tone={gone ? "critical" : "info"}>{words.standing[row.standing]}</s-badge>}
        </s-stack>
      </s-table-cell>
      <s-table-cell>
        {gone ? (
          <s-text color="subdued">{row.value}</s-text>
        ) : (
          <CodeField
            label={words.codeOf(called)}
            value={row.value}
            choices={choices}
            error={row.value.trim() ? undefined : words.fault.value}
            set={(code) => set(row.name, code)}
          />
        )}
      </s-table-cell>
      <s-table-cell>
        <Away row={row} called={called} set={set} />
      </s-table-cell>
    </s-table-row>
  );
}

/** A row that is to go can be put back as it is stored, until it is saved. */
function Away({ row, called, set }: Omit<LineGiven, "choices">) {
  const words = tablesPage.editor;
  if (row.standing === "gone") {
    return (
      <s-button variant="tertiary" accessibilityLabel={words.putBack(called)} onClick={() => set(row.name, row.value)}>
        {words.back}
      </s-button>
    );
  }
  return (
    <s-button variant="tertiary" tone="critical" accessibilityLabel={words.remove(called)} onClick={() => set(row.name, null)}>
      {words.away}
    </s-button>
  );
}
