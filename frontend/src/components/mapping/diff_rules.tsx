// What became of each rule that the two do not share: new, gone, changed or at another place.
import type { MappingChangesQuery, RuleChangeKind, RuleNamesFragment } from "../../api/typed";
import { changes as words } from "../../texts/mapping_versions";
import { RuleSaid } from "./version_rule";
import { ruleName } from "./version_names";

type Change = NonNullable<MappingChangesQuery["mappingDiff"]>["rules"][number];

const tone: Record<RuleChangeKind, "success" | "critical" | "info" | "neutral"> = {
  ADDED: "success",
  REMOVED: "critical",
  CHANGED: "info",
  MOVED: "neutral",
};

export function RuleChanges({ changes, names }: { changes: Change[]; names: RuleNamesFragment | null }) {
  return (
    <s-section heading={words.rules}>
      <s-stack gap="base">
        {changes.map((change) => (
          <One key={`${change.section} ${change.id}`} change={change} names={names} />
        ))}
      </s-stack>
    </s-section>
  );
}

function One({ change, names }: { change: Change; names: RuleNamesFragment | null }) {
  const { kind, was, now, wasAt, nowAt, id, section } = change;
  const other = kind === "CHANGED";
  return (
    <s-box border="base" borderRadius="base" padding="small">
      <s-stack gap="small-200">
        <s-stack direction="inline" gap="small-200" alignItems="center">
          <s-badge tone={tone[kind]}>{words.kind[kind]}</s-badge>
          <s-text type="strong">{ruleName(now ?? was, id, names)}</s-text>
          <s-text color="subdued">{words.section[section] ?? section}</s-text>
        </s-stack>
        {kind === "MOVED" && wasAt !== null && nowAt !== null ? (
          <s-text>{words.moved(wasAt + 1, nowAt + 1)}</s-text>
        ) : (
          <>
            {was !== null && other && <s-text color="subdued">{words.before}</s-text>}
            {was !== null && <RuleSaid rule={was} names={names} />}
            {now !== null && other && <s-text color="subdued">{words.after}</s-text>}
            {now !== null && <RuleSaid rule={now} names={names} />}
          </>
        )}
      </s-stack>
    </s-box>
  );
}
