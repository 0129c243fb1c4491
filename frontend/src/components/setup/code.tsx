// One code of the ERP's, with its name above it: picked from the ERP's own list where it has one, else typed.
import { texts } from "../../texts";

interface Given {
  label: string;
  value: string;
  choices: { code: string; label: string }[] | null;
  details: string;
  set: (code: string) => void;
}

export function Code({ label, value, choices, details, set }: Given) {
  if (!choices) {
    return (
      <s-text-field label={label} value={value} details={details} autocomplete="off" onInput={(event) => set(event.currentTarget.value)} />
    );
  }
  const known = choices.some(({ code }) => code === value);
  return (
    <s-select label={label} value={value} details={details} placeholder={texts.unmapped.choose} onChange={(event) => set(event.currentTarget.value)}>
      {value && !known && <s-option value={value}>{texts.unmapped.unknown(value)}</s-option>}
      {choices.map(({ code, label: name }) => (
        <s-option key={code} value={code}>
          {name === code ? code : `${name} (${code})`}
        </s-option>
      ))}
    </s-select>
  );
}
