// One field of an ERP's form: a list where it declares choices, dots where it is a secret, lines where texts are long.
import type { ConnectFormQuery } from "../api/typed";
import { texts } from "../texts";
import { worded } from "./tree";

interface Given {
  field: ConnectFormQuery["hosts"][number]["form"][number];
  value: string;
  stored: boolean;
  error: string | undefined;
  set: (value: string) => void;
}

export function Field({ field, value, stored, error, set }: Given) {
  const kept = stored && field.secret;
  const told = {
    name: field.name,
    label: field.label,
    value,
    error,
    required: field.required && !kept,
    details: [field.help, kept ? texts.connect.keep : ""].filter(Boolean).join(" "),
  };
  if (field.choices.length) {
    return (
      <s-select {...told} onChange={(event) => set(event.currentTarget.value)}>
        {field.choices.map((choice) => (
          <s-option key={choice} value={choice}>
            {worded(choice)}
          </s-option>
        ))}
      </s-select>
    );
  }
  if (field.secret) {
    return (
      <s-password-field {...told} autocomplete="new-password" onInput={(event) => set(event.currentTarget.value)} />
    );
  }
  if (field.lines > 1) {
    return <s-text-area {...told} rows={field.lines} onInput={(event) => set(event.currentTarget.value)} />;
  }
  return <s-text-field {...told} autocomplete="off" onInput={(event) => set(event.currentTarget.value)} />;
}
