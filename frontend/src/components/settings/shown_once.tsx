// A secret that was just made: shown this once, to be copied.
import { tokens as words } from "../../texts/tokens";
import { copied } from "./copied";

interface Given {
  heading: string;
  once: string;
  label: string;
  secret: string;
  done: () => void;
}

export function ShownOnce({ heading, once, label, secret, done }: Given) {
  const copy = () =>
    void copied(secret).then((well) => shopify.toast.show(well ? words.copied : words.uncopied, { isError: !well }));
  return (
    <s-section accessibilityLabel={heading}>
      <s-banner tone="success" heading={heading}>
        <s-stack gap="base">
          <s-text>{once}</s-text>
          <s-text-field label={label} value={secret} readOnly />
        </s-stack>
        <s-button slot="secondary-actions" variant="primary" onClick={copy}>
          {words.copy}
        </s-button>
        <s-button slot="secondary-actions" onClick={done}>
          {words.done}
        </s-button>
      </s-banner>
    </s-section>
  );
}
