// Who is told of what is wrong: added, tried and taken off the list.
import { useState } from "preact/hooks";
import { AlertRecipientAddDocument, AlertRecipientRemoveDocument, AlertTestDocument } from "../../api/typed";
import type { AlertKind, AlertPartsFragment } from "../../api/typed";
import { alerts as words } from "../../texts/alerts";
import { useChange } from "../change";
import { Press } from "../press";

type Recipient = AlertPartsFragment["recipients"][number];

const KINDS = Object.keys(words.kind) as AlertKind[];

export function Recipients({ settings }: { settings: AlertPartsFragment }) {
  return (
    <s-section heading={words.recipients}>
      <s-stack gap="base">
        {!settings.mailReady && <s-banner tone="warning" heading={words.noMail} />}
        {settings.recipients.length === 0 && <s-text color="subdued">{words.nobody}</s-text>}
        {settings.recipients.map((each) => (
          <One key={each.id} recipient={each} />
        ))}
        <s-divider />
        <Add />
      </s-stack>
    </s-section>
  );
}

function One({ recipient: { id, channel, address, kinds } }: { recipient: Recipient }) {
  const test = useChange(AlertTestDocument, (result) => result.alertTest, ({ notification }) => {
    return notification ? words.tested(notification.sentence ?? words.state[notification.state]) : undefined;
  });
  const remove = useChange(AlertRecipientRemoveDocument, (result) => result.alertRecipientRemove, () => words.removed);
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 480px) 1fr auto, 1fr" gap="small" alignItems="center">
        <s-stack gap="small-400">
          <s-text type="strong">{address}</s-text>
          <s-text color="subdued">{`${words.channel[channel]} · ${kinds.map((kind) => words.kind[kind]).join(", ")}`}</s-text>
        </s-stack>
        <s-stack direction="inline" gap="small-200">
          <Press accessibilityLabel={words.testNamed(address)} of={test} onClick={() => test.mutate({ recipient: id })}>
            {words.test}
          </Press>
          <Press
            accessibilityLabel={words.removeNamed(address)}
            tone="critical"
            of={remove}
            onClick={() => remove.mutate({ recipient: id })}
          >
            {words.remove}
          </Press>
        </s-stack>
      </s-grid>
    </s-query-container>
  );
}

/** What begins like an address of the web is told by webhook. */
function Add() {
  const [address, write] = useState("");
  const [kinds, choose] = useState<AlertKind[]>(KINDS);
  const [wrong, complain] = useState<string>();
  const [secret, show] = useState<string>();
  const add = useChange(
    AlertRecipientAddDocument,
    (result) => result.alertRecipientAdd,
    (payload) => {
      show(payload.secret ?? undefined);
      write("");
      return words.added;
    },
    ([first]) => complain(first?.message),
  );
  const press = () => {
    complain(undefined);
    const channel = /^https?:/i.test(address.trim()) ? "WEBHOOK" : "EMAIL";
    add.mutate({ channel, address: address.trim(), kinds });
  };
  return (
    <s-stack gap="base">
      {secret && (
        <s-banner tone="success" heading={words.secret}>
          <s-text-field label={words.secretLabel} value={secret} readOnly />
        </s-banner>
      )}
      <s-text-field
        label={words.address}
        details={words.addressMore}
        autocomplete="off"
        value={address}
        {...(wrong ? { error: wrong } : {})}
        onInput={(event) => write(event.currentTarget.value)}
      />
      <s-stack direction="inline" gap="base">
        {KINDS.map((kind) => (
          <s-checkbox
            key={kind}
            label={words.kind[kind]}
            checked={kinds.includes(kind)}
            onChange={(event) => choose(event.currentTarget.checked ? [...kinds, kind] : kinds.filter((each) => each !== kind))}
          />
        ))}
      </s-stack>
      <s-stack direction="inline">
        <Press of={add} disabled={!address.trim()} onClick={press}>
          {words.add}
        </Press>
      </s-stack>
    </s-stack>
  );
}
