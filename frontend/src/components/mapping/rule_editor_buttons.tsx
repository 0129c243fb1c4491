// What stands below every rule that is being written: save all of them, be done with this one, or take it away.
import { RulesSaveDocument } from "../../api/typed";
import { texts } from "../../texts/mapping_rules";
import { asks } from "../change";
import { Press } from "../press";

/** How far it is stands in the save bar and the notices above. */
const SAVING = { needs: asks(RulesSaveDocument), isPending: false };

export function EditorButtons({ close, remove }: { close: () => void; remove: () => void }) {
  return (
    <s-stack direction="inline" gap="small" alignItems="center">
      <Press of={SAVING} type="submit" variant="primary">
        {texts.save}
      </Press>
      <s-button onClick={close}>{texts.done}</s-button>
      <s-button variant="tertiary" tone="critical" onClick={remove}>
        {texts.remove}
      </s-button>
    </s-stack>
  );
}
