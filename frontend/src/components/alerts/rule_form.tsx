// When people are told: by kind, by the hour, and after how long.
import { useState } from "preact/hooks";
import { AlertSettingsSaveDocument } from "../../api/typed";
import type { AlertPartsFragment, AlertSensitivity } from "../../api/typed";
import { alerts as words } from "../../texts/alerts";
import { useChange } from "../change";
import type { Wrong } from "../change";
import { NUMBERS, entered, ruled, wished } from "./rules";
import type { Entered } from "./rules";
import { Press } from "../press";

interface Part {
  form: Entered;
  set: (form: Entered) => void;
}

export function RuleForm({ settings }: { settings: AlertPartsFragment }) {
  const [changed, set] = useState<Entered>();
  const [wrong, complain] = useState<Wrong>();
  const save = useChange(
    AlertSettingsSaveDocument,
    (result) => result.alertSettingsSave,
    () => words.saved,
    ([first]) => complain(first),
  );
  const form = changed ?? entered(settings);
  const submit = () => {
    complain(undefined);
    save.mutate({ input: wished(form) }, { onSuccess: ({ alertSettingsSave: { userErrors } }) => userErrors.length === 0 && set(undefined) });
  };
  const discard = () => {
    complain(undefined);
    set(undefined);
  };
  return (
    <form
      data-save-bar
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onReset={discard}
    >
      <s-stack gap="base">
        {wrong && (
          <s-banner tone="critical" heading={words.wrong}>
            <s-paragraph>{wrong.message}</s-paragraph>
          </s-banner>
        )}
        <Kinds form={form} set={set} />
        <Quiet form={form} set={set} />
        <Thresholds form={form} set={set} />
        <Sender form={form} set={set} />
        <s-stack direction="inline">
          <Press type="submit" variant="primary" of={save}>
            {words.save}
          </Press>
        </s-stack>
      </s-stack>
    </form>
  );
}

function Kinds({ form, set }: Part) {
  return (
    <s-section heading={words.rules}>
      <s-stack gap="base">
        {form.rules.map(({ kind, on, cooldown, throughQuiet }) => (
          <s-stack key={kind} gap="small-200">
            <s-text type="strong">{words.kind[kind]}</s-text>
            <s-query-container>
              <s-grid gridTemplateColumns="@container (inline-size > 560px) auto 1fr auto, 1fr" gap="base" alignItems="end">
                <s-checkbox
                  name={`${kind}:on`}
                  label={words.on}
                  accessibilityLabel={`${words.kind[kind]}: ${words.on}`}
                  checked={on}
                  onChange={(event) => set(ruled(form, kind, { on: event.currentTarget.checked }))}
                />
                <s-number-field
                  name={`${kind}:cooldown`}
                  label={`${words.kind[kind]}: ${words.cooldown.toLowerCase()}`}
                  value={cooldown}
                  min={0}
                  onInput={(event) => set(ruled(form, kind, { cooldown: event.currentTarget.value }))}
                />
                <s-checkbox
                  name={`${kind}:through`}
                  label={words.through}
                  accessibilityLabel={`${words.kind[kind]}: ${words.through}`}
                  checked={throughQuiet}
                  onChange={(event) => set(ruled(form, kind, { throughQuiet: event.currentTarget.checked }))}
                />
              </s-grid>
            </s-query-container>
          </s-stack>
        ))}
      </s-stack>
    </s-section>
  );
}

function Quiet({ form, set }: Part) {
  const { begin, end, zone } = form;
  return (
    <s-section heading={words.quiet}>
      <s-stack gap="base">
        <s-checkbox name="quiet" label={words.quietOn} checked={form.quiet} onChange={(event) => set({ ...form, quiet: event.currentTarget.checked })} />
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr 1fr, 1fr" gap="base">
            <s-text-field name="begin" label={words.begin} value={begin} disabled={!form.quiet} onInput={(event) => set({ ...form, begin: event.currentTarget.value })} />
            <s-text-field name="end" label={words.end} value={end} disabled={!form.quiet} onInput={(event) => set({ ...form, end: event.currentTarget.value })} />
            <s-text-field name="zone" label={words.zone} details={words.zoneMore} value={zone} onInput={(event) => set({ ...form, zone: event.currentTarget.value })} />
          </s-grid>
        </s-query-container>
        <s-checkbox
          name="weekends"
          label={words.weekends}
          checked={form.weekends}
          disabled={!form.quiet}
          onChange={(event) => set({ ...form, weekends: event.currentTarget.checked })}
        />
      </s-stack>
    </s-section>
  );
}

function Thresholds({ form, set }: Part) {
  return (
    <s-section heading={words.thresholds}>
      <s-stack gap="base">
        <s-query-container>
          <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr, 1fr" gap="base">
            {NUMBERS.map((name) => (
              <s-number-field
                key={name}
                name={name}
                label={words.numbers[name]}
                min={0}
                value={form.numbers[name]}
                onInput={(event) => set({ ...form, numbers: { ...form.numbers, [name]: event.currentTarget.value } })}
              />
            ))}
          </s-grid>
        </s-query-container>
        <s-select
          name="sensitivity"
          label={words.silence}
          value={form.sensitivity}
          onChange={(event) => set({ ...form, sensitivity: event.currentTarget.value as AlertSensitivity })}
        >
          {Object.entries(words.sensitivity).map(([each, label]) => (
            <s-option key={each} value={each}>
              {label}
            </s-option>
          ))}
        </s-select>
      </s-stack>
    </s-section>
  );
}

function Sender({ form, set }: Part) {
  return (
    <s-section heading={words.sender}>
      <s-query-container>
        <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr 1fr, 1fr" gap="base">
          <s-text-field
            name="senderName"
            label={words.senderName}
            value={form.senderName}
            autocomplete="off"
            onInput={(event) => set({ ...form, senderName: event.currentTarget.value })}
          />
          <s-text-field
            name="senderAddress"
            label={words.senderAddress}
            details={words.senderMore}
            value={form.senderAddress}
            autocomplete="off"
            onInput={(event) => set({ ...form, senderAddress: event.currentTarget.value })}
          />
        </s-grid>
      </s-query-container>
    </s-section>
  );
}
