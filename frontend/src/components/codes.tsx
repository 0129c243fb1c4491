// The codes an ERP wants in its documents: one for each thing every order has.
import { texts } from "../texts";
import { CODES } from "./entered";
import type { Values } from "./entered";

export function Codes({ values, set }: { values: Values; set: (name: string, value: string) => void }) {
  return (
    <s-stack gap="base">
      <s-stack gap="none">
        <s-heading>{texts.connect.tables}</s-heading>
        <s-text color="subdued">{texts.connect.tablesMore}</s-text>
      </s-stack>
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr, 1fr" gap="base">
          {CODES.map((code) => (
            <s-text-field
              key={code}
              name={code}
              label={texts.tables[code].label}
              details={texts.tables[code].help}
              value={values[code] ?? ""}
              autocomplete="off"
              onInput={(event) => set(code, event.currentTarget.value)}
            />
          ))}
        </s-grid>
      </s-query-container>
    </s-stack>
  );
}
