// What a new token is for, what it may, and for how long.
import { useState } from "preact/hooks";
import { ApiTokenCreateDocument } from "../../api/typed";
import type { ApiScope, Role } from "../../api/typed";
import { tokens as words } from "../../texts/tokens";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { Press } from "../press";

export interface Made {
  name: string;
  secret: string;
}

interface Values {
  name: string;
  scopes: ApiScope[];
  days: string;
}

const BLANK: Values = { name: "", scopes: ["READ_STATUS"], days: "90" };

export function TokenForm({ role, show }: { role: Role | null; show: (made: Made) => void }) {
  const [values, change] = useState(BLANK);
  const [errors, complain] = useState<Wrong[]>([]);
  const set = (more: Partial<Values>) => {
    complain([]);
    change((before) => ({ ...before, ...more }));
  };
  const create = useChange(
    ApiTokenCreateDocument,
    (result) => result.apiTokenCreate,
    ({ token, secret }) => {
      if (token && secret) show({ name: token.name, secret });
      change(BLANK);
      return undefined;
    },
    complain,
  );
  const wrong = (field: string) => errors.find((error) => error.field?.at(-1) === field)?.message;
  const general = wrong("input");
  const submit = (event: Event) => {
    event.preventDefault();
    const { name, scopes, days } = values;
    if (!create.isPending) create.mutate({ input: { name, scopes, days: days ? Number(days) : null } });
  };
  // Everything is what owners alone may do, and nobody hands out more.
  const offered = (Object.keys(words.scopes) as ApiScope[]).filter((scope) => scope !== "ADMIN" || role === "OWNER");
  return (
    <s-section heading={words.make}>
      <form onSubmit={submit}>
        <s-stack gap="base">
          <s-text color="subdued">{words.more}</s-text>
          {general && <s-banner tone="critical" heading={general} />}
          <s-text-field
            label={words.name}
            details={words.nameMore}
            value={values.name}
            error={wrong("name")}
            autocomplete="off"
            onInput={(event) => set({ name: event.currentTarget.value })}
          />
          <s-choice-list
            label={words.may}
            name="scopes"
            multiple
            values={values.scopes}
            error={wrong("scopes")}
            onChange={(event) => set({ scopes: event.currentTarget.values as ApiScope[] })}
          >
            {offered.map((scope) => (
              <s-choice key={scope} value={scope}>
                {words.scopes[scope]}
              </s-choice>
            ))}
          </s-choice-list>
          <s-select label={words.ends} value={values.days} error={wrong("days")} onChange={(event) => set({ days: event.currentTarget.value })}>
            {words.lives.map(({ days, label }) => (
              <s-option key={days} value={days}>
                {label}
              </s-option>
            ))}
          </s-select>
          <s-stack direction="inline">
            <Press type="submit" variant="primary" of={create}>
              {words.create}
            </Press>
          </s-stack>
        </s-stack>
      </form>
    </s-section>
  );
}
