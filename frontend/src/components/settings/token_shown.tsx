// A token that was just made: shown this once, to be copied.
import { tokens as words } from "../../texts/tokens";

export interface Made {
  name: string;
  secret: string;
}

export function TokenShown({ made, done }: { made: Made; done: () => void }) {
  const copy = () =>
    void copied(made.secret).then((well) => shopify.toast.show(well ? words.copied : words.uncopied, { isError: !well }));
  return (
    <s-section accessibilityLabel={words.made(made.name)}>
      <s-banner tone="success" heading={words.made(made.name)}>
        <s-stack gap="base">
          <s-text>{words.once}</s-text>
          <s-text-field label={words.token} value={made.secret} readOnly />
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

/** A frame may be kept from the clipboard; what the browser did of old still works then. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedOfOld(text);
  }
}

function copiedOfOld(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const well = document.execCommand("copy");
  field.remove();
  return well;
}
