// A button that changes something: busy while that is under way, and shut for whoever may not.
import type { ComponentProps } from "preact";
import type { Permission } from "../api/typed";
import { useMay } from "./may";

/** What a button does, as `useChange` gives it. */
export interface Change {
  needs: Permission;
  isPending: boolean;
}

interface Given extends Omit<ComponentProps<"s-button">, "loading"> {
  of: Change | Change[];
}

/** The sentence that says why it is shut stands above, in the view's `Barred`. */
export function Press({ of, disabled = false, children, ...said }: Given) {
  const { why } = useMay();
  const deeds = Array.isArray(of) ? of : [of];
  return (
    <s-button {...said} loading={deeds.some(({ isPending }) => isPending)} disabled={disabled || deeds.some(({ needs }) => why(needs))}>
      {children}
    </s-button>
  );
}
