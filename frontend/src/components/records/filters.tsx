// The search over all records, and the filters beside it.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { ConnectionsDocument } from "../../api/typed";
import { texts } from "../../texts";
import { records } from "../../texts/records";
import { called } from "../connected";
import { local } from "../shown";
import { DAYS, EVERYTHING, KINDS, STATES } from "./filtering";
import type { Chosen, Name } from "./filtering";

interface Given {
  words: string;
  search: (words: string) => void;
  chosen: Chosen;
  choose: (name: Name, value: string | undefined) => void;
}

export function Filters({ words, search, chosen, choose }: Given) {
  const said = records.list;
  const code = chosen.code;
  return (
    <s-stack gap="small">
      <s-search-field
        label={said.search}
        labelAccessibilityVisibility="exclusive"
        placeholder={said.search}
        value={words}
        onInput={(event) => search(event.currentTarget.value)}
      />
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 640px) 1fr 1fr 1fr 1fr, 1fr 1fr" gap="small">
          <Choice
            label={said.kind}
            value={chosen.kind}
            choose={(value) => choose("kind", value)}
            all={words || code ? said.found : records.kinds.ORDER}
            options={[
              ...KINDS.filter((kind) => kind !== "ORDER" || words || code).map((kind) => ({ value: kind as string, label: records.kinds[kind] })),
              ...(words || code ? [] : [{ value: EVERYTHING, label: said.everything }]),
            ]}
          />
          <Choice
            label={said.states}
            value={chosen.state}
            choose={(value) => choose("state", value)}
            all={said.all}
            options={STATES.map((state) => ({ value: state, label: texts.state[state] }))}
          />
          <Choice
            label={said.when}
            value={chosen.days}
            choose={(value) => choose("days", value)}
            all={said.anytime}
            options={DAYS.map((days) => ({ value: String(days), label: said.days(days) }))}
          />
          <Connections value={chosen.connection} choose={(value) => choose("connection", value)} />
        </s-grid>
      </s-query-container>
      {code && (
        <s-stack direction="inline" gap="small" alignItems="center">
          <s-text>{said.code(code)}</s-text>
          <s-button variant="tertiary" onClick={() => choose("code", undefined)}>
            {said.clear}
          </s-button>
        </s-stack>
      )}
    </s-stack>
  );
}

interface Choosing {
  label: string;
  value: string | undefined;
  choose: (value: string | undefined) => void;
  all: string;
  options: { value: string; label: string }[];
}

const ALL = "-";

function Choice({ label, value, choose, all, options }: Choosing) {
  const known = options.some((option) => option.value === value);
  return (
    <s-select
      label={label}
      labelAccessibilityVisibility="exclusive"
      value={known ? value : ALL}
      onChange={({ currentTarget }) => choose(currentTarget.value === ALL ? undefined : currentTarget.value)}
    >
      <s-option value={ALL}>{all}</s-option>
      {options.map((option) => (
        <s-option key={option.value} value={option.value}>
          {option.label}
        </s-option>
      ))}
    </s-select>
  );
}

function Connections({ value, choose }: { value: string | undefined; choose: (value: string | undefined) => void }) {
  const { data } = useQuery({ queryKey: ["connections"], queryFn: () => ask(ConnectionsDocument, {}) });
  const known = data?.connections ?? [];
  if (known.length < 2) return null;
  const said = records.list;
  const options = known.map((each) => ({ value: local(each.id), label: called(each, known) }));
  return <Choice label={said.connection} value={value} choose={choose} all={said.anyConnection} options={options} />;
}
