// A deed that is asked about first: a button, and behind it a modal that says what it does.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { texts } from "../texts";
import { Press } from "./press";
import type { Change } from "./press";

interface Given {
  label: string;
  heading: string;
  act: string;
  /** What the button does not say by itself, for those who hear it alone. */
  named?: string;
  variant?: "primary" | "secondary" | "tertiary";
  critical?: boolean;
  /** What is done once it is confirmed: who may not do that is not asked. */
  of: Change;
  disabled?: boolean;
  /** When the modal is opened. */
  opened?: () => void;
  /** `close` is for when it is done; after a refusal the modal stays and says why. */
  press: (close: () => void) => void;
  children: ComponentChildren;
}

export function Asked({ label, heading, act, named, variant = "secondary", critical = false, of, disabled = false, opened, press, children }: Given) {
  const modal = useRef<HTMLElementTagNameMap["s-modal"]>(null);
  const open = () => {
    opened?.();
    modal.current?.showOverlay();
  };
  const close = () => modal.current?.hideOverlay();
  return (
    <>
      {/* What is unsaved is asked about before. */}
      <Press
        of={{ ...of, isPending: false }}
        variant={variant}
        accessibilityLabel={named}
        disabled={disabled}
        onClick={() => void shopify.saveBar.leaveConfirmation().then(open)}
      >
        {label}
      </Press>
      <s-modal ref={modal} heading={heading}>
        <s-stack gap="base">{children}</s-stack>
        <s-button slot="secondary-actions" onClick={close}>
          {texts.general.cancel}
        </s-button>
        <Press of={of} slot="primary-action" variant="primary" tone={critical ? "critical" : "auto"} onClick={() => press(close)}>
          {act}
        </Press>
      </s-modal>
    </>
  );
}
