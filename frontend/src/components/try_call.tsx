// One reading call of a connection document, made as the form stands, nothing stored: what was sent, answered and found.
import { useRef, useState } from "preact/hooks";
import { ConnectionTryDocument } from "../api/typed";
import type { ConnectionTryMutation, ConnectionTryMutationVariables } from "../api/typed";
import { texts } from "../texts";
import { useChange } from "./change";
import type { Wrong } from "./change";
import { Press } from "./press";
import { Verbatim } from "./verbatim";

type Tried = NonNullable<ConnectionTryMutation["connectionTest"]["tried"]>;

/** `asked`: the ERP and its fields, as a test of the connection takes them. */
export function TryCall({ asked }: { asked: ConnectionTryMutationVariables["input"] }) {
  const words = texts.connect.tryCall;
  const [call, name] = useState("");
  const [values, fill] = useState("");
  const [found, tell] = useState<{ input: string; errors: Wrong[]; tried: Tried | undefined }>();
  const asking = useRef("");
  const input = { ...asked, call: call.trim(), values: valuesOf(values) };
  // What was found of something else is not shown beside what stands there now.
  const sent = JSON.stringify(input);
  const { errors, tried } = found?.input === sent ? found : { errors: [], tried: undefined };
  const test = useChange(
    ConnectionTryDocument,
    (result) => result.connectionTest,
    (payload) => {
      tell({ input: asking.current, errors: [], tried: payload.tried ?? undefined });
      return undefined;
    },
    (wrong) => tell({ input: asking.current, errors: wrong, tried: undefined }),
  );
  const ask = () => {
    asking.current = sent;
    test.mutate({ input });
  };
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
          <Press of={test} disabled={!call.trim()} onClick={ask}>
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
      <Verbatim text={tried.request} />
      <s-heading>{words.answered}</s-heading>
      <Verbatim text={tried.answer} />
    </>
  );
}

/** A line for each: its name, an equals sign, what it is. */
export function valuesOf(lines: string): { name: string; value: string }[] {
  return lines.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    const name = line.slice(0, at).trim();
    return at > 0 && name ? [{ name, value: line.slice(at + 1).trim() }] : [];
  });
}
