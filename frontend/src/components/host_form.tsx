// An ERP's form, drawn from the fields it declares, with the codes its documents need.
import { useState } from "preact/hooks";
import {
  ConnectionCreateDocument,
  ConnectionTestDocument,
  ConnectionUpdateDocument,
} from "../api/typed";
import type { AnsweredFragment, ConnectFormQuery, NamedValueInput } from "../api/typed";
import { texts } from "../texts";
import { useChange } from "./change";
import type { Wrong } from "./change";
import { Field } from "./field";
import { CODES, Codes, tablesOf } from "./codes";

type Host = ConnectFormQuery["hosts"][number];

interface Given {
  host: Host;
  connection: string | undefined;
}

export function HostForm({ host, connection }: Given) {
  const [values, change] = useState(() => started(host));
  const [errors, complain] = useState<Wrong[]>([]);
  const [answer, hear] = useState<AnsweredFragment>();
  const clean = (word: string) => {
    complain([]);
    return word;
  };
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
  const create = useChange(
    ConnectionCreateDocument,
    (result) => result.connectionCreate,
    () => clean(texts.connect.created),
    complain,
  );
  const update = useChange(
    ConnectionUpdateDocument,
    (result) => result.connectionUpdate,
    () => clean(texts.connect.saved),
    complain,
  );
  const fields = () => filled(host, values);
  const tables = () => tablesOf(values);
  const set = (name: string, value: string) => {
    hear(undefined);
    change((before) => ({ ...before, [name]: value }));
  };
  const save = () => {
    if (!connection) create.mutate({ input: { host: host.key, fields: fields(), tables: tables() } });
    else if (tables().length) update.mutate({ id: connection, input: { fields: fields(), tables: tables() } });
    else update.mutate({ id: connection, input: { fields: fields() } });
  };
  return (
    <s-section heading={texts.connect.access}>
      <s-stack gap="base">
        <Outcome errors={errors} fields={host.form} answer={answer} />
        {host.form.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={values[field.name] ?? ""}
            stored={Boolean(connection)}
            error={errors.find((error) => error.field?.at(-1) === field.name)?.message}
            set={(value) => set(field.name, value)}
          />
        ))}
        <s-divider />
        <Codes values={values} set={set} />
        <s-stack direction="inline" gap="small">
          <s-button
            loading={test.isPending}
            onClick={() => test.mutate({ input: { host: host.key, fields: fields(), connection: connection ?? null } })}
          >
            {texts.connect.test}
          </s-button>
          <s-button variant="primary" loading={create.isPending || update.isPending} onClick={save}>
            {connection ? texts.connect.save : texts.connect.create}
          </s-button>
        </s-stack>
      </s-stack>
    </s-section>
  );
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

function started(host: Host): Record<string, string> {
  const values = host.form.map((field): [string, string] => [field.name, field.default ?? ""]);
  return Object.fromEntries([...values, ...CODES.map((code): [string, string] => [code, ""])]);
}

function filled(host: Host, values: Record<string, string>): NamedValueInput[] {
  return host.form.flatMap(({ name }) => (values[name] ? [{ name, value: values[name] }] : []));
}
