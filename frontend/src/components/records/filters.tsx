// The search over all records, and the filters beside it.
import { texts } from "../../texts";
import { records } from "../../texts/records";
import { Choice } from "./choice";
import { DAYS, EVERYTHING, KINDS, STATES } from "./filtering";
import type { Chosen, Name } from "./filtering";
import { Where } from "./where";

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
          {!words && (
            <Choice
              label={texts.general.sort}
              value={chosen.sort}
              choose={(value) => choose("sort", value)}
              all={texts.general.newest}
              options={[{ value: "OLDEST", label: texts.general.oldest }]}
            />
          )}
          <Where chosen={chosen} choose={choose} />
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
