// An ERP's form, drawn from the fields it declares, with the codes its documents need. App Bridge shows its save bar
// while something in it is changed.
import { useQueryClient } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { useState } from "preact/hooks";
import {
  ConnectionCreateDocument,
  ConnectionTestDocument,
  ConnectionUpdateDocument,
} from "../api/typed";
import type { AnsweredFragment, ConnectFormQuery, EnteredQuery } from "../api/typed";
import { texts } from "../texts";
import { useChange } from "./change";
import type { Wrong } from "./change";
import { Codes } from "./codes";
import { NAME, filled, started, tablesOf } from "./entered";
import { Field } from "./field";
import { Press } from "./press";
import { local } from "./shown";
import { TryCall } from "./try_call";

type Host = ConnectFormQuery["hosts"][number];

interface Stored extends NonNullable<EnteredQuery["connectionForm"]> {
  connection: string;
}

interface Given {
  host: Host;
  name: string;
  stored?: Stored;
  codes?: boolean;
}

/**
 * `stored` is what a connection has already; without it the form makes one. `name` is what it is called, or would be.
 * `codes`: whether what the ERP calls things is asked for as well.
 */
export function HostForm({ host, name, stored, codes = true }: Given) {
  const [values, change] = useState(() => started(host, stored, name));
  const [errors, complain] = useState<Wrong[]>([]);
  const [answer, hear] = useState<AnsweredFragment>();
  const save = useSaving(host, stored, complain, change);
  const test = useChange(
    ConnectionTestDocument,
    (result) => result.connectionTest,
    ({ answer: heard }) => {
      complain([]);
      hear(heard ?? undefined);
      return undefined;
    },
    complain,
  );
  const set = (name: string, value: string) => {
    hear(undefined);
    change((before) => ({ ...before, [name]: value }));
  };
  const discard = () => {
    complain([]);
    hear(undefined);
    change(started(host, stored, name));
  };
  const asked = { host: host.key, fields: filled(host, values), connection: stored?.connection ?? null };
  return (
    <>
      <form
        data-save-bar
        onSubmit={(event) => {
          event.preventDefault();
          save.now(values);
        }}
        onReset={discard}
      >
        <s-section heading={texts.connect.access}>
          <s-stack gap="base">
            <Outcome errors={errors} fields={host.form} answer={answer} />
            <s-text-field
              name={NAME}
              label={texts.connect.name}
              details={texts.connect.nameMore}
              value={values[NAME] ?? ""}
              autocomplete="off"
              onInput={(event) => set(NAME, event.currentTarget.value)}
            />
            {host.form.map((field) => (
              <Field
                key={field.name}
                field={field}
                value={values[field.name] ?? ""}
                stored={Boolean(stored)}
                error={errors.find((error) => error.field?.at(-1) === field.name)?.message}
                set={(value) => set(field.name, value)}
              />
            ))}
            {codes && <s-divider />}
            {codes && <Codes values={values} set={set} />}
            <s-stack direction="inline" gap="small">
              <Press of={test} onClick={() => test.mutate({ input: asked })}>
                {texts.connect.test}
              </Press>
              <Press of={save.does} type="submit" variant="primary">
                {stored ? texts.connect.save : texts.connect.create}
              </Press>
            </s-stack>
          </s-stack>
        </s-section>
      </form>
      {host.triesCalls && <TryCall asked={asked} />}
    </>
  );
}

/** Makes the connection, or changes it: then the form starts from what is stored now. */
function useSaving(
  host: Host,
  stored: Stored | undefined,
  complain: (errors: Wrong[]) => void,
  change: (values: Record<string, string>) => void,
) {
  const { route, path } = useLocation();
  const answers = useQueryClient();
  const create = useChange(
    ConnectionCreateDocument,
    (result) => result.connectionCreate,
    ({ connection }) => {
      if (connection) void answers.invalidateQueries().then(() => route(`${path}?connection=${local(connection.id)}`, true));
      return texts.connect.created;
    },
    complain,
  );
  const update = useChange(
    ConnectionUpdateDocument,
    (result) => result.connectionUpdate,
    () => {
      complain([]);
      return texts.connect.saved;
    },
    complain,
  );
  const now = (values: Record<string, string>) => {
    const input = { name: values[NAME]?.trim() || null, fields: filled(host, values), tables: tablesOf(values, stored?.tables) };
    if (!stored) return create.mutate({ input: { host: host.key, ...input } });
    const secrets = Object.fromEntries(host.form.filter(({ secret }) => secret).map(({ name }) => [name, ""]));
    return update.mutate({ id: stored.connection, input }, { onSuccess: () => change({ ...values, ...secrets }) });
  };
  return { now, does: [create, update] };
}

function Outcome({ errors, fields, answer }: { errors: Wrong[]; fields: Host["form"]; answer?: AnsweredFragment | undefined }) {
  const words = texts.connect;
  const named = fields.map(({ name }) => name);
  const others = errors.filter((error) => !named.includes(error.field?.at(-1) ?? ""));
  if (errors.length) {
    return (
      <s-banner tone="critical" heading={words.wrong}>
        {(others.length ? others : errors).map((error) => (
          <s-paragraph key={error.code}>{error.message}</s-paragraph>
        ))}
      </s-banner>
    );
  }
  if (!answer) return null;
  return (
    <s-banner tone="success" heading={words.works}>
      <s-paragraph>
        {words.account} {answer.account}
        {answer.version && ` · ${words.version} ${answer.version}`}
        {` · ${words.clock} ${words.seconds(answer.clockOffsetSeconds)}`}
      </s-paragraph>
    </s-banner>
  );
}
