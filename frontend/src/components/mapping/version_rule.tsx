// A rule of a version in words, and below it when it counts.
import type { RuleNamesFragment } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { Tree } from "../tree";
import { said } from "./version_words";

export function RuleSaid({ rule, names }: { rule: unknown; names: RuleNamesFragment | null }) {
  const words = said(rule, new Map(names?.sources.map(({ path, label }) => [path, label])));
  if (!words) return <Tree value={rule} />;
  return (
    <s-stack gap="small-400">
      <s-text>{words.what}</s-text>
      {words.liquid && <s-text color="subdued">{words.liquid}</s-text>}
      {words.when && (
        <s-text color="subdued">
          {texts.when} {words.when}
        </s-text>
      )}
    </s-stack>
  );
}
