// A rule as it is stored, in words.
import type { RuleNamesFragment } from "../../api/typed";
import { Tree } from "../tree";

export function RuleSaid({ rule }: { rule: unknown; names: RuleNamesFragment | null }) {
  return <Tree value={rule} />;
}
