// Which two are compared: any version, what is in force, and the draft.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { MappingVersionsDocument } from "../../api/typed";
import { changes as words } from "../../texts/mapping_versions";
import { useWay } from "./way";

const NEWEST = 100;

interface Given {
  connection: string;
  was: string;
  now: string;
}

export function Compare({ connection, was, now }: Given) {
  const { route } = useLocation();
  const at = useWay();
  const [pair, choose] = useState({ was, now });
  const query = useQuery({
    queryKey: ["mapping", connection, "numbers"],
    queryFn: () => ask(MappingVersionsDocument, { connection, first: NEWEST }),
  });
  const numbers = query.data?.mappingVersions.nodes.map(({ number }) => number) ?? [];
  const field = (side: keyof typeof pair, label: string) => (
    <s-select
      label={label}
      value={pair[side]}
      onChange={(event) => choose({ ...pair, [side]: event.currentTarget.value })}
    >
      <s-option value="draft">{words.draftChoice}</s-option>
      <s-option value="current">{words.currentChoice}</s-option>
      {among(numbers, pair[side]).map((number) => (
        <s-option key={number} value={String(number)}>
          {words.versionChoice(number)}
        </s-option>
      ))}
    </s-select>
  );
  return (
    <s-section heading={words.choose}>
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr auto, 1fr" gap="small" alignItems="end">
          {field("was", words.was)}
          {field("now", words.now)}
          <s-stack direction="inline">
            <s-button onClick={() => route(at("/mapping/changes", pair))}>{words.compare}</s-button>
          </s-stack>
        </s-grid>
      </s-query-container>
    </s-section>
  );
}

/** An older one that an address names is among them all the same. */
export function among(numbers: number[], chosen: string): number[] {
  const own = Number(chosen);
  return Number.isInteger(own) && own > 0 && !numbers.includes(own) ? [...numbers, own] : numbers;
}
