// One value that orders wait for, and its answer beside it: a code, and the button that maps it and sends what waited.
import { useQueryClient } from "@tanstack/preact-query";
import { useEffect, useState } from "preact/hooks";
import { UnmappedValueMapDocument } from "../../api/typed";
import { texts } from "../../texts";
import { useChange } from "../change";
import { Press } from "../press";
import { counted, local, money, when } from "../shown";
import { useChoices } from "./choices";
import { CodeField } from "./code_field";
import type { Lacking } from "./unmapped_values";
import { seen, stuck, suggested } from "./waiting";
import type { Mapped } from "./waiting";

const OFTEN = 1_500;

export function UnmappedRow({ lacking, named }: { lacking: Lacking; named: boolean }) {
  const { connection, value } = lacking;
  const words = texts.unmapped;
  const what = texts.unmapped.value(value.table, value.value);
  const [mapped, tell] = useState<Mapped>();
  const { count } = value.records;
  useEffect(() => tell((before) => before && seen(before, count, Date.now())), [count]);
  useLook(mapped);
  const shown = `/orders?${new URLSearchParams({ state: "HELD", connection: local(connection.id) })}`;
  const about = [
    value.moneyWaiting.map(money).join(", "),
    words.since(when(value.since)),
    named ? words.in(connection.name) : "",
  ];
  return (
    <s-box padding="base">
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 640px) 1fr 1fr, 1fr" gap="base" alignItems="center">
          <s-stack gap="none">
            <s-text type="strong">{what}</s-text>
            <s-text>
              {words.waits(counted(value.records), count === 1)}
              {about[0] && ` · ${about[0]}`}
            </s-text>
            <s-text color="subdued">
              {about.slice(1).filter(Boolean).join(" · ")} · <s-link href={shown}>{words.show}</s-link>
            </s-text>
          </s-stack>
          {mapped && !stuck(mapped, Date.now()) ? (
            <s-stack direction="inline" gap="small" alignItems="center" accessibilityRole="status">
              <s-spinner accessibilityLabel={texts.general.loading} />
              <s-text>{words.running(mapped.code, counted(value.records), count === 1)}</s-text>
            </s-stack>
          ) : (
            <Fix lacking={lacking} what={what} before={mapped} done={tell} />
          )}
        </s-grid>
      </s-query-container>
    </s-box>
  );
}

/** While orders run again it is looked at often, and drawn anew though nothing moves: that is to be seen as well. */
function useLook(mapped: Mapped | undefined) {
  const answers = useQueryClient();
  const [, look] = useState(0);
  useEffect(() => {
    if (!mapped || stuck(mapped, Date.now())) return;
    const timer = setInterval(() => {
      look((times) => times + 1);
      if (stuck(mapped, Date.now())) clearInterval(timer);
      for (const key of ["overview", "unmapped"]) void answers.invalidateQueries({ queryKey: [key] });
    }, OFTEN);
    return () => clearInterval(timer);
  }, [mapped, answers]);
}

interface Given {
  lacking: Lacking;
  what: string;
  before: Mapped | undefined;
  done: (mapped: Mapped) => void;
}

function Fix({ lacking, what, before, done }: Given) {
  const { connection, value } = lacking;
  const words = texts.unmapped;
  const choices = useChoices(connection.id, value.table);
  const [entered, enter] = useState<string>();
  const [error, complain] = useState<string>();
  const code = entered ?? suggested(value.value, choices ?? []);
  const map = useChange(
    UnmappedValueMapDocument,
    (result) => result.unmappedValueMap,
    ({ records }) => {
      done({ code, left: value.records.count, at: Date.now() });
      return words.mapped(records ?? 0);
    },
    ([first]) => complain(first?.message),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    if (map.isPending) return;
    if (!code.trim()) return complain(words.missing);
    map.mutate({ connection: connection.id, table: value.table, value: value.value, code });
  };
  return (
    <form onSubmit={submit}>
      <s-grid gridTemplateColumns="1fr auto" gap="small" alignItems="start">
        <CodeField
          label={words.code(what)}
          value={code}
          choices={choices}
          error={error ?? (before && words.stuck(before.code))}
          set={(text) => {
            complain(undefined);
            enter(text);
          }}
        />
        <Press type="submit" variant="primary" accessibilityLabel={words.mapThis(what)} of={map}>
          {words.map}
        </Press>
      </s-grid>
    </form>
  );
}
