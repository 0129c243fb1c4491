// This shop goes to another organisation, with a code that was made there: what becomes of it is said before.
import { useState } from "preact/hooks";
import { ShopJoinDocument } from "../../api/typed";
import { shops as words } from "../../texts/shops";
import { Asked } from "../asked";
import { useChange } from "../change";
import type { Wrong } from "../change";

interface Given {
  /** How many other shops stay behind. */
  left: number;
  connected: boolean;
  practises: boolean;
}

export function ShopJoin({ left, connected, practises }: Given) {
  const ends = left === 0 ? words.ends : words.stays(left);
  return (
    <s-section heading={words.enter}>
      <s-stack gap="base">
        <s-paragraph>{words.enterMore}</s-paragraph>
        <s-paragraph>{ends}</s-paragraph>
        {practises && <s-paragraph>{words.practice}</s-paragraph>}
        {connected ? <Connected /> : <Entry ends={ends} />}
      </s-stack>
    </s-section>
  );
}

function Connected() {
  return (
    <s-banner tone="info" heading={words.connected}>
      <s-paragraph>{words.connectedMore}</s-paragraph>
      <s-link href="/settings/connections">{words.connections}</s-link>
    </s-banner>
  );
}

function Entry({ ends }: { ends: string }) {
  const [code, type] = useState("");
  const [errors, complain] = useState<Wrong[]>([]);
  const join = useChange(
    ShopJoinDocument,
    (result) => result.shopJoin,
    ({ organisation }) => {
      type("");
      return words.went(organisation ?? "");
    },
    complain,
  );
  const enter = (next: string) => {
    complain([]);
    type(next);
  };
  return (
    <s-stack gap="base">
      <s-text-field
        label={words.typed}
        details={words.typedMore}
        value={code}
        error={errors[0]?.message}
        autocomplete="off"
        onInput={(event) => enter(event.currentTarget.value)}
      />
      <s-stack direction="inline">
        <Asked
          label={words.join}
          heading={words.joinHeading}
          act={words.join}
          variant="primary"
          critical
          of={join}
          disabled={!code.trim()}
          press={(close) => !join.isPending && join.mutate({ code }, { onSettled: close })}
        >
          <s-paragraph>{ends}</s-paragraph>
          <s-paragraph>{words.joinMore}</s-paragraph>
        </Asked>
      </s-stack>
    </s-stack>
  );
}
