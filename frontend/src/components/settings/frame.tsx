// What every view of the settings has around it: its heading, and the way back to all of them.
import type { ComponentChildren } from "preact";
import { settings as words } from "../../texts/settings";

export function SettingsFrame({ heading, children }: { heading: string; children: ComponentChildren }) {
  return (
    <s-page heading={heading}>
      <s-link slot="breadcrumb-actions" href="/settings">
        {words.heading}
      </s-link>
      {children}
    </s-page>
  );
}
