// The words of each kind of alert: one's own or ours, and what they would read like.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { AlertPreviewDocument, AlertTemplateSaveDocument } from "../../api/typed";
import type { AlertKind, AlertPartsFragment } from "../../api/typed";
import { alerts as words } from "../../texts/alerts";
import { Answer } from "../answer";
import { useChange } from "../change";
import { Press } from "../press";

type Template = AlertPartsFragment["templates"][number];

export function Templates({ settings }: { settings: AlertPartsFragment }) {
  const [kind, choose] = useState<AlertKind>("CRITICAL");
  const template = settings.templates.find((each) => each.kind === kind);
  return (
    <s-section heading={words.templates}>
      <s-stack gap="base">
        <s-text color="subdued">{words.templatesMore}</s-text>
        <s-select label={words.templateKind} value={kind} onChange={(event) => choose(event.currentTarget.value as AlertKind)}>
          {Object.entries(words.kind).map(([each, label]) => (
            <s-option key={each} value={each}>
              {label}
            </s-option>
          ))}
        </s-select>
        {template && <One key={kind} template={template} />}
        <s-text color="subdued">
          {`${words.placeholders}: ${settings.placeholders.map(({ name, value }) => `${name} (${value})`).join(", ")}`}
        </s-text>
      </s-stack>
    </s-section>
  );
}

function One({ template }: { template: Template }) {
  const { kind } = template;
  const [subject, title] = useState(template.subject);
  const [body, write] = useState(template.body);
  const [shown, show] = useState<{ subject: string; body: string }>();
  const [wrong, complain] = useState<string>();
  const keep = useChange(AlertTemplateSaveDocument, (result) => result.alertTemplateSave, () => words.kept, ([first]) => complain(first?.message));
  const back = useChange(AlertTemplateSaveDocument, (result) => result.alertTemplateSave, () => words.given);
  const press = () => {
    complain(undefined);
    keep.mutate({ kind, subject, body });
  };
  return (
    <s-stack gap="base">
      <s-text-field label={words.subject} value={subject} autocomplete="off" onInput={(event) => title(event.currentTarget.value)} />
      <s-text-area label={words.body} value={body} rows={8} {...(wrong ? { error: wrong } : {})} onInput={(event) => write(event.currentTarget.value)} />
      <s-stack direction="inline" gap="small">
        <s-button onClick={() => show({ subject, body })}>{words.preview}</s-button>
        <Press of={keep} onClick={press}>
          {words.keep}
        </Press>
        {template.own && (
          <Press of={back} onClick={() => back.mutate({ kind })}>
            {words.back}
          </Press>
        )}
      </s-stack>
      {shown && <Preview kind={kind} {...shown} />}
    </s-stack>
  );
}

function Preview({ kind, subject, body }: { kind: AlertKind; subject: string; body: string }) {
  const query = useQuery({
    queryKey: ["alert preview", kind, subject, body],
    queryFn: () => ask(AlertPreviewDocument, { kind, subject, body }),
  });
  return (
    <Answer query={query}>
      {({ alertPreview: { subject: title, plain, userErrors } }) =>
        userErrors.length ? (
          <s-banner tone="critical" heading={userErrors[0]?.message ?? ""} />
        ) : (
          <s-box padding="base" border="base" borderRadius="base">
            <s-stack gap="small">
              <s-text color="subdued">{words.previewed}</s-text>
              <s-text type="strong">{title}</s-text>
              {(plain ?? "").split("\n").map((line, at) => (
                <s-text key={at}>{line}</s-text>
              ))}
            </s-stack>
          </s-box>
        )
      }
    </Answer>
  );
}
