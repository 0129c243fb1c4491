// One exchange rate entered by hand; what waited for it runs again.
import { useState } from "preact/hooks";
import { RatesEnterDocument } from "../../api/typed";
import { tablesPage } from "../../texts/mapping_tables";
import { useChange } from "../change";
import { Press } from "../press";

interface Values {
  from: string;
  to: string;
  rate: string;
  day: string;
  days: string;
}

const today = () => new Date().toISOString().slice(0, 10);
const blank = (): Values => ({ from: "", to: "", rate: "", day: today(), days: "7" });

export function RateForm({ connection }: { connection: string }) {
  const words = tablesPage.rates;
  const [values, change] = useState(blank);
  const [error, complain] = useState<string>();
  const set = (more: Partial<Values>) => {
    complain(undefined);
    change((before) => ({ ...before, ...more }));
  };
  const enter = useChange(
    RatesEnterDocument,
    (result) => result.ratesEnter,
    ({ changed, records }) => {
      change(({ from, to, day, days }) => ({ from, to, day, days, rate: "" }));
      return words.entered(changed ?? 0, records ?? 0);
    },
    ([first]) => complain(first?.message),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    const { from, to, rate, day, days } = values;
    if (enter.isPending) return;
    const given = { fromCurrency: from.toUpperCase(), toCurrency: to.toUpperCase(), rate, day, goodForDays: Number(days) || 0 };
    enter.mutate({ connection, input: [given] });
  };
  return (
    <s-section heading={words.enter}>
      <form onSubmit={submit}>
        <s-stack gap="base">
          <s-text color="subdued">{words.more}</s-text>
          {error && <s-banner tone="critical" heading={error} />}
          <Fields values={values} set={set} />
          <s-stack direction="inline">
            <Press type="submit" variant="primary" of={enter}>
              {words.put}
            </Press>
          </s-stack>
        </s-stack>
      </form>
    </s-section>
  );
}

function Fields({ values, set }: { values: Values; set: (more: Partial<Values>) => void }) {
  const words = tablesPage.rates;
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 640px) 1fr 1fr 1fr 1fr 1fr, 1fr 1fr" gap="base">
        <s-text-field
          label={words.from}
          placeholder="USD"
          maxLength={3}
          autocomplete="off"
          value={values.from}
          onInput={(event) => set({ from: event.currentTarget.value })}
        />
        <s-text-field
          label={words.to}
          placeholder="EUR"
          maxLength={3}
          autocomplete="off"
          value={values.to}
          onInput={(event) => set({ to: event.currentTarget.value })}
        />
        <s-text-field
          label={words.rate}
          placeholder="0.9215"
          autocomplete="off"
          value={values.rate}
          onInput={(event) => set({ rate: event.currentTarget.value })}
        />
        <s-date-field
          label={words.day}
          value={values.day}
          onInput={(event) => set({ day: event.currentTarget.value })}
        />
        <s-number-field
          label={words.goodFor}
          inputMode="numeric"
          min={1}
          max={366}
          value={values.days}
          onInput={(event) => set({ days: event.currentTarget.value })}
        />
      </s-grid>
    </s-query-container>
  );
}
