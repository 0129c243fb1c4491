// A button that asks once more, saying what it does, before it does it.
import { tablesPage } from "../../texts/mapping_tables";

interface Given {
  id: string;
  label: string;
  more: string;
  busy: boolean;
  critical?: boolean;
  go: () => void;
}

export function Confirmation({ id, label, more, busy, critical = false, go }: Given) {
  return (
    <>
      <s-button tone={critical ? "critical" : "auto"} commandFor={id} command="--show" loading={busy}>
        {label}
      </s-button>
      <s-modal id={id} heading={label}>
        <s-paragraph>{more}</s-paragraph>
        <s-button slot="secondary-actions" commandFor={id} command="--hide">
          {tablesPage.feed.cancel}
        </s-button>
        <s-button
          slot="primary-action"
          variant="primary"
          tone={critical ? "critical" : "auto"}
          commandFor={id}
          command="--hide"
          onClick={go}
        >
          {label}
        </s-button>
      </s-modal>
    </>
  );
}
