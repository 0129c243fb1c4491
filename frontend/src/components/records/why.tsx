// Why a record does not go on by itself, and what may safely be done about it.
import { texts } from "../../texts";
import type { RecordQuery } from "../../api/typed";
import { records } from "../../texts/records";
import { VerdictBadge } from "../badges";
import { advised } from "../shown";

type Reason = NonNullable<NonNullable<RecordQuery["record"]>["reason"]>;

export function Why({ reason, asked }: { reason: Reason; asked: boolean }) {
  return (
    <s-banner tone={asked ? "info" : "warning"} heading={reason.sentence}>
      <s-stack gap="small">
        {asked && <s-paragraph>{records.one.asked}</s-paragraph>}
        {reason.explanation && <s-paragraph>{advised(reason.explanation.advice)}</s-paragraph>}
        <s-stack direction="inline" gap="small" alignItems="center">
          <VerdictBadge of={reason.verdict} />
          <s-text color="subdued">
            {texts.general.code} {reason.code}
          </s-text>
        </s-stack>
      </s-stack>
    </s-banner>
  );
}
