// A code that lets one more shop in: made by an owner, shown this once.
import { useState } from "preact/hooks";
import { ShopJoinCodeDocument } from "../../api/typed";
import { shops as words } from "../../texts/shops";
import { useChange } from "../change";
import { Press } from "../press";
import { clock } from "../shown";
import { ShownOnce } from "./shown_once";

interface Made {
  code: string;
  until: string;
}

export function ShopCode() {
  const [made, show] = useState<Made>();
  const make = useChange(
    ShopJoinCodeDocument,
    (result) => result.shopJoinCode,
    ({ code, expiresAt }) => {
      if (code && expiresAt) show({ code, until: clock(expiresAt) });
      return undefined;
    },
  );
  return (
    <>
      {made && <ShownOnce heading={words.made(made.until)} once={words.once} label={words.code} secret={made.code} done={() => show(undefined)} />}
      <s-section heading={words.invite}>
        <s-stack gap="base">
          <s-paragraph>{words.inviteMore}</s-paragraph>
          <s-paragraph>{words.inviteCare}</s-paragraph>
          <s-stack direction="inline">
            <Press of={make} onClick={() => make.mutate({})}>
              {words.make}
            </Press>
          </s-stack>
        </s-stack>
      </s-section>
    </>
  );
}
