// A button that asks once more, saying what it does, before it does it.
import { tablesPage } from "../../texts/mapping_tables";
import { Press } from "../press";
import type { Change } from "../press";

interface Given {
  id: string;
  label: string;
  more: string;
  of: Change;
  critical?: boolean;
  go: () => void;
}

export function Confirmation({ id, label, more, of, critical = false, go }: Given) {
  return (
    <>
      <Press of={of} tone={critical ? "critical" : "auto"} commandFor={id} command="--show">
        {label}
      </Press>
      <s-modal id={id} heading={label}>
        <s-paragraph>{more}</s-paragraph>
        <s-button slot="secondary-actions" commandFor={id} command="--hide">
          {tablesPage.feed.cancel}
        </s-button>
        <Press
          of={of}
          slot="primary-action"
          variant="primary"
          tone={critical ? "critical" : "auto"}
          commandFor={id}
          command="--hide"
          onClick={go}
        >
          {label}
        </Press>
      </s-modal>
    </>
  );
}
