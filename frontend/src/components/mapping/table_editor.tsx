// The rows of one table: the default first, then each, searched and a page at a time; changed as one and saved into the draft.
import { useState } from "preact/hooks";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";
import type { Wrong } from "../change";
import { Press } from "../press";
import { sentence } from "../shown";
import { useChoices } from "./choices";
import { CodeField } from "./code_field";
import { useKeys } from "./keys";
import { useSaveBar } from "./rule_bar";
import { TableAdd } from "./table_add";
import { TableLines } from "./table_lines";
import { DEFAULT, edited, fault, fold, left, matching, named, paged, shown, unsent } from "./table_rows";
import type { Edits } from "./table_rows";
import { OVERTAKEN, useTableSaving } from "./table_saving";
import type { Seen } from "./table_saving";

interface Given {
  connection: string;
  table: string;
  seen: Seen;
}

export function TableEditor({ connection, table, seen }: Given) {
  const words = tablesPage.editor;
  const choices = useChoices(connection, table);
  const keys = useKeys(connection, table);
  const [edits, edit] = useState<Edits>({});
  const [errors, complain] = useState<Wrong[]>([]);
  const save = useTableSaving(connection, table, words.overtaken);
  const dirty = Object.keys(edits).length > 0;
  const bar = useSaveBar(dirty, edits);
  const refuse = (wrong: Wrong[]) => {
    complain(wrong);
    bar.again();
  };
  const set = (name: string, now: string | null) => edit((before) => edited(seen.rows, before, name, now));
  const rows = shown(seen.rows, edits);
  const all = rows.find(({ name }) => name === DEFAULT);
  const submit = (event: Event) => {
    event.preventDefault();
    if (save.isPending) return;
    bar.away();
    save.mutate(
      { seen, edits },
      {
        onSuccess: (wrong) => {
          if (wrong.length) return refuse(wrong);
          complain([]);
          edit((before) => unsent(before, edits));
          shopify.toast.show(words.saved);
        },
        onError: (error) => refuse([{ code: "", message: sentence(error) }]),
      },
    );
  };
  const discard = () => {
    bar.away();
    complain([]);
    edit({});
  };
  return (
    <form data-save-bar onSubmit={submit} onReset={discard}>
      <input type="hidden" name="rows" value={bar.told} ref={bar.field} />
      <s-section heading={words.heading} padding="none">
        <Refused errors={errors} />
        <s-stack gap="base" padding="base">
          <s-query-container>
            <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr, 1fr" gap="base" alignItems="center">
              <s-stack gap="none">
                <s-text type="strong">{words.all}</s-text>
                <s-text color="subdued">{words.allMore}</s-text>
              </s-stack>
              <CodeField
                label={words.codeOf(words.all)}
                value={all && all.standing !== "gone" ? all.value : ""}
                choices={choices}
                set={(code) => set(DEFAULT, code || null)}
              />
            </s-grid>
          </s-query-container>
          <s-divider />
          <TableAdd
            table={table}
            keys={keys && left(keys, rows)}
            choices={choices}
            wrong={(name, value) => fault(seen.rows, edits, name, value)}
            add={set}
          />
        </s-stack>
        <Listed rows={rows.filter(({ name }) => fold(name) !== DEFAULT)} named={named(keys)} choices={choices} set={set} />
        <s-box padding="base">
          <Press type="submit" variant="primary" of={save} disabled={!dirty}>
            {words.save}
          </Press>
        </s-box>
      </s-section>
    </form>
  );
}

interface ListGiven {
  rows: ReturnType<typeof shown>;
  named: (name: string) => string;
  choices: ReturnType<typeof useChoices>;
  set: (name: string, now: string | null) => void;
}

function Listed({ rows, named, choices, set }: ListGiven) {
  const words = tablesPage.editor;
  const [sought, seek] = useState("");
  const [at, turn] = useState(0);
  const found = paged(matching(rows, sought), at);
  if (rows.length === 0) {
    return (
      <s-box padding="base">
        <s-text color="subdued">{words.empty}</s-text>
      </s-box>
    );
  }
  return (
    <>
      <s-box padding="base" paddingBlockStart="none">
        <s-search-field
          label={words.search}
          labelAccessibilityVisibility="exclusive"
          placeholder={words.search}
          value={sought}
          onInput={(event) => {
            turn(0);
            seek(event.currentTarget.value);
          }}
        />
      </s-box>
      {found.rows.length === 0 ? (
        <s-box padding="base">
          <s-text color="subdued">{words.nothing}</s-text>
        </s-box>
      ) : (
        <TableLines page={found} named={named} choices={choices} set={set} turn={turn} />
      )}
    </>
  );
}

function Refused({ errors }: { errors: Wrong[] }) {
  const words = tablesPage.editor;
  if (errors.length === 0) return null;
  const overtaken = errors.some(({ code }) => code === OVERTAKEN);
  return (
    <s-box padding="base">
      <s-banner tone={overtaken ? "warning" : "critical"} heading={overtaken ? words.changed : texts.connect.wrong}>
        {errors.map(({ code, message }) => (
          <s-paragraph key={code}>{message}</s-paragraph>
        ))}
        {overtaken && <s-paragraph>{words.kept}</s-paragraph>}
      </s-banner>
    </s-box>
  );
}
