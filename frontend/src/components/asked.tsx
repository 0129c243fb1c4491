// A deed that is asked about first: a button, and behind it a modal that says what it does.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Permission } from "../api/typed";
import { texts } from "../texts";
import { useMay } from "./may";

interface Given {
  label: string;
  heading: string;
  act: string;
  /** What the button does not say by itself, for those who hear it alone. */
  named?: string;
  variant?: "primary" | "secondary" | "tertiary";
  critical?: boolean;
  busy: boolean;
  disabled?: boolean;
  /** What the one who looks must be allowed to; without it the button stays and does nothing. */
  needs?: Permission;
  /** When the modal is opened. */
  opened?: () => void;
  /** `close` is for when it is done; after a refusal the modal stays and says why. */
  press: (close: () => void) => void;
  children: ComponentChildren;
}

export function Asked({ label, heading, act, named, variant = "secondary", critical = false, busy, disabled = false, needs, opened, press, children }: Given) {
  const { may } = useMay();
  const modal = useRef<HTMLElementTagNameMap["s-modal"]>(null);
  const open = () => {
    opened?.();
    modal.current?.showOverlay();
  };
  const close = () => modal.current?.hideOverlay();
  return (
    <>
      {/* What is unsaved is asked about before. */}
      <s-button
        variant={variant}
        accessibilityLabel={named}
        disabled={disabled || (needs !== undefined && !may(needs))}
        onClick={() => void shopify.saveBar.leaveConfirmation().then(open)}
      >
        {label}
      </s-button>
      <s-modal ref={modal} heading={heading}>
        <s-stack gap="base">{children}</s-stack>
        <s-button slot="secondary-actions" onClick={close}>
          {texts.general.cancel}
        </s-button>
        <s-button
          slot="primary-action"
          variant="primary"
          tone={critical ? "critical" : "auto"}
          loading={busy}
          onClick={() => press(close)}
        >
          {act}
        </s-button>
      </s-modal>
    </>
  );
}
