// What the ERP is to be told: picked from its own list where it has one, else typed.
import { texts } from "../../texts";
import type { Choice } from "./waiting";

interface Given {
  label: string;
  value: string;
  choices: Choice[] | null | undefined;
  error?: string | undefined;
  set: (code: string) => void;
  words?: { enter: string; choose: string };
}

/** `choices` not there yet: the ERP is being asked. `words` say what to do where it is something else than a code. */
export function CodeField({ label, value, choices, error, set, words = texts.unmapped }: Given) {
  const told = { label, labelAccessibilityVisibility: "exclusive", error, value } as const;
  if (choices === undefined) return <s-text-field {...told} placeholder={texts.unmapped.looking} disabled />;
  if (choices === null) {
    return (
      <s-text-field
        {...told}
        placeholder={words.enter}
        autocomplete="off"
        onInput={(event) => set(event.currentTarget.value)}
      />
    );
  }
  const known = choices.some(({ code }) => code === value);
  return (
    <s-select {...told} placeholder={words.choose} onChange={(event) => set(event.currentTarget.value)}>
      {value && !known && <s-option value={value}>{texts.unmapped.unknown(value)}</s-option>}
      {choices.map(({ code, label: name }) => (
        <s-option key={code} value={code}>
          {name === code ? code : `${name} (${code})`}
        </s-option>
      ))}
    </s-select>
  );
}
