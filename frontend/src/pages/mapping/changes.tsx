// What differs between two versions, or between what is in force and the draft.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../../api/door";
import { MappingChangesDocument } from "../../api/typed";
import type { MappingChangesQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { amount, named, nothing } from "../../components/mapping/differences";
import { RuleChanges } from "../../components/mapping/diff_rules";
import { TableChanges } from "../../components/mapping/diff_tables";
import { MappingFrame } from "../../components/mapping/frame";
import { Compare } from "../../components/mapping/version_compare";
import { changes as words } from "../../texts/mapping_versions";

const EVERY = 10_000;

export function MappingChanges() {
  const { query } = useLocation();
  const was = named(query["was"], "current");
  const now = named(query["now"], "draft");
  return (
    <MappingFrame at="versions">
      {(connection) => <Content key={`${was} ${now}`} connection={connection} was={was} now={now} />}
    </MappingFrame>
  );
}

interface Given {
  connection: string;
  was: string;
  now: string;
}

function Content({ connection, was, now }: Given) {
  const query = useQuery({
    queryKey: ["mapping", connection, "changes", was, now],
    queryFn: () => ask(MappingChangesDocument, { connection, was, now }),
    refetchInterval: EVERY,
  });
  return (
    <>
      <Compare connection={connection} was={was} now={now} />
      <Answer query={query} empty={({ mappingDiff }) => (differs(mappingDiff) ? undefined : <Empty diff={mappingDiff} />)}>
        {({ mappingDiff: diff, mappingFields: names }) =>
          diff && (
            <>
              {diff.tables.map((table) => (
                <TableChanges key={table.name} table={table} connection={connection} was={was} now={now} />
              ))}
              {diff.rules.length > 0 && <RuleChanges changes={diff.rules} names={names} />}
            </>
          )
        }
      </Answer>
    </>
  );
}

function differs(diff: MappingChangesQuery["mappingDiff"]): boolean {
  return diff !== null && !nothing(amount(diff));
}

function Empty({ diff }: { diff: MappingChangesQuery["mappingDiff"] }) {
  const gone = diff === null;
  return (
    <s-section accessibilityLabel={gone ? words.gone : words.same}>
      <s-empty-state heading={gone ? words.gone : words.same}>
        <s-text slot="subheading">{gone ? words.goneMore : words.sameMore}</s-text>
      </s-empty-state>
    </s-section>
  );
}
