// One reading call of a connection document, made as the form stands, nothing stored: what was sent, answered and found.
import { useState } from "preact/hooks";
import { ConnectionTryDocument } from "../api/typed";
import type { ConnectionTryMutation, ConnectionTryMutationVariables } from "../api/typed";
import { texts } from "../texts";
import { useChange } from "./change";
import type { Wrong } from "./change";
import { Press } from "./press";
import { Tree, plain } from "./tree";

type Tried = NonNullable<ConnectionTryMutation["connectionTest"]["tried"]>;

/** `asked`: the ERP and its fields, as a test of the connection takes them. */
export function TryCall({ asked }: { asked: ConnectionTryMutationVariables["input"] }) {
  const words = texts.connect.tryCall;
  const [call, name] = useState("");
  const [values, fill] = useState("");
  const [errors, complain] = useState<Wrong[]>([]);
  const [tried, hear] = useState<Tried>();
  const test = useChange(
    ConnectionTryDocument,
    (result) => result.connectionTest,
    (payload) => {
      complain([]);
      hear(payload.tried ?? undefined);
      return undefined;
    },
    (wrong) => {
      hear(undefined);
      complain(wrong);
    },
  );
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        <s-text-field label={words.call} details={words.callMore} value={call} autocomplete="off" onInput={(event) => name(event.currentTarget.value)} />
        <s-text-area label={words.values} details={words.valuesMore} value={values} rows={2} onInput={(event) => fill(event.currentTarget.value)} />
        {errors.map((error) => (
          <s-banner key={error.code} tone="critical" heading={error.message} />
        ))}
        {tried && <Answered tried={tried} />}
        <s-stack direction="inline">
          <Press of={test} disabled={!call.trim()} onClick={() => test.mutate({ input: { ...asked, call: call.trim(), values: valuesOf(values) } })}>
            {words.press}
          </Press>
        </s-stack>
      </s-stack>
    </s-section>
  );
}

function Answered({ tried }: { tried: Tried }) {
  const words = texts.connect.tryCall;
  return (
    <>
      <s-banner tone={tried.problem ? "warning" : "success"} heading={words.status(tried.status, tried.rows)}>
        {tried.problem && <s-paragraph>{tried.problem}</s-paragraph>}
      </s-banner>
      <s-heading>{words.sent}</s-heading>
      <Read text={tried.request} />
      <s-heading>{words.answered}</s-heading>
      <Read text={tried.answer} />
    </>
  );
}

/** An answer that is no JSON came as it is, in a string. */
function Read({ text }: { text: string }) {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? <Tree value={value} /> : <s-paragraph>{plain(value)}</s-paragraph>;
}

/** A line for each: its name, an equals sign, what it is. */
export function valuesOf(lines: string): { name: string; value: string }[] {
  return lines.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    const name = line.slice(0, at).trim();
    return at > 0 && name ? [{ name, value: line.slice(at + 1).trim() }] : [];
  });
}
