// A row to be added: both of its sides, told apart from the others only once it is whole.
import { useState } from "preact/hooks";
import { tablesPage } from "../../texts/mapping_tables";
import { CodeField } from "./code_field";
import type { Fault } from "./table_rows";
import type { Choice } from "./waiting";

interface Given {
  table: string;
  keys: Choice[] | null;
  choices: Choice[] | null | undefined;
  wrong: (name: string, value: string) => Fault | undefined;
  add: (name: string, value: string) => void;
}

export function TableAdd({ table, keys, choices, wrong, add }: Given) {
  const words = tablesPage.editor;
  const [name, call] = useState("");
  const [value, tell] = useState("");
  const [found, complain] = useState<Fault>();
  const change = (set: (text: string) => void) => (text: string) => {
    complain(undefined);
    set(text);
  };
  const put = () => {
    const fault = wrong(name, value);
    complain(fault);
    if (fault) return;
    add(name, value.trim());
    call("");
    tell("");
  };
  const error = found && words.fault[found];
  return (
    <div onKeyDownCapture={(event) => entered(event, put)}>
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr auto, 1fr" gap="small" alignItems="start">
          <CodeField
            label={words.add}
            value={name}
            choices={keys}
            error={found === "value" ? undefined : error}
            set={change(call)}
            words={{ enter: tablesPage.left(table), choose: words.pick }}
          />
          <CodeField
            label={words.addCode}
            value={value}
            choices={choices}
            error={found === "value" ? error : undefined}
            set={change(tell)}
          />
          <s-button onClick={put}>{words.put}</s-button>
        </s-grid>
      </s-query-container>
    </div>
  );
}

/** Enter in a field of the row adds it; it would else save the whole table. */
function entered(event: KeyboardEvent, put: () => void) {
  const field = event.composedPath()[0];
  if (event.key !== "Enter" || !(field instanceof HTMLInputElement)) return;
  event.preventDefault();
  event.stopPropagation();
  put();
}
