// Rules: what an order holds on one side, the fields of the ERP on the other, and the rules that lead from one to the other.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { RuleBookDocument } from "../../api/typed";
import type { RuleBookQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { Unconnected } from "../../components/connected";
import { MappingFrame } from "../../components/mapping/frame";
import { RuleBuilder } from "../../components/mapping/rule_builder";
import { sidesWhile } from "../../components/mapping/rule_sides";
import { rulesOf, storedOf } from "../../components/mapping/rule_saving";

type Fields = NonNullable<RuleBookQuery["mappingFields"]>;

export function MappingRules() {
  return <MappingFrame at="rules">{(connection) => <Rules connection={connection} />}</MappingFrame>;
}

function Rules({ connection }: { connection: string }) {
  const query = useQuery({ queryKey: ["mapping", connection, "rules"], queryFn: () => read(connection) });
  return (
    <Answer query={query} empty={({ fields }) => (fields ? undefined : <Unconnected />)} within={sidesWhile}>
      {({ fields, stored, tables, problems }) =>
        fields && <RuleBuilder connection={connection} fields={fields} stored={stored} tables={tables} problems={problems} />
      }
    </Answer>
  );
}

/** The draft's rules, or those in force where there is no draft: it would be begun as a copy of them. */
async function read(connection: string) {
  const found = await ask(RuleBookDocument, { connection });
  const fields = found.mappingFields ?? null;
  const draft = found.mappingDraft;
  const inForce = found.mappingVersion ?? null;
  const named = (draft ?? inForce)?.tables.map(({ name }) => name) ?? [];
  const problems = new Map<string, string[]>();
  for (const { rule, message } of draft?.problems ?? []) problems.set(rule ?? "", [...(problems.get(rule ?? "") ?? []), message]);
  return {
    fields,
    stored: draft ? storedOf(draft) : { revision: null, rules: inForce ? rulesOf(inForce) : {} },
    tables: tablesOf(fields, named),
    problems,
  };
}

/** Those every mapping has, and the merchant's own. */
function tablesOf(fields: Fields | null, named: string[]): string[] {
  return [...new Set([...(fields?.tables ?? []), ...named])];
}
