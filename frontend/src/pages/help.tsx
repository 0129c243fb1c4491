// Help: the docs, whom to ask, and a text about the state of things that may be passed on.
import { useQuery } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../api/door";
import { DiagnosticsDocument, HelpDocument } from "../api/typed";
import { Answer } from "../components/answer";
import { SettingsFrame } from "../components/settings/frame";
import { help as words } from "../texts/settings";

const PAGES: [string, string][] = [
  ["codes", words.codes],
  ["schedules", words.schedules],
  ["alerts", words.alerts],
  ["api", words.api],
];

export function Help() {
  const query = useQuery({ queryKey: ["help"], queryFn: () => ask(HelpDocument, {}) });
  return (
    <SettingsFrame heading={words.heading}>
      <Answer query={query}>
        {({ help }) => (
          <>
            <s-section heading={words.docs}>
              <s-stack gap="small">
                <s-text color="subdued">{help.docsUrl ? words.docsMore : words.docsNone}</s-text>
                {help.docsUrl &&
                  PAGES.map(([page, name]) => (
                    <s-link key={page} href={`${help.docsUrl}/${page}.md`} target="_blank">
                      {name}
                    </s-link>
                  ))}
              </s-stack>
            </s-section>
            <s-section heading={words.support}>
              <s-stack gap="small">
                {help.supportContact ? <Contact to={help.supportContact} /> : <s-text>{words.supportNone}</s-text>}
                <s-text color="subdued">{words.version(help.version)}</s-text>
              </s-stack>
            </s-section>
          </>
        )}
      </Answer>
      <Bundle />
    </SettingsFrame>
  );
}

function Contact({ to }: { to: string }) {
  const web = /^https?:/.test(to);
  return (
    <s-link href={web ? to : `mailto:${to}`} target="_blank">
      {to}
    </s-link>
  );
}

function Bundle() {
  const [wanted, want] = useState(false);
  const query = useQuery({
    queryKey: ["diagnostics"],
    queryFn: () => ask(DiagnosticsDocument, {}),
    enabled: wanted,
    staleTime: Infinity,
    gcTime: 0,
  });
  const text = query.data?.diagnostics;
  return (
    <s-section heading={words.bundle}>
      <s-stack gap="base">
        <s-text color="subdued">{words.bundleMore}</s-text>
        {!wanted && (
          <s-stack direction="inline">
            <s-button onClick={() => want(true)}>{words.make}</s-button>
          </s-stack>
        )}
        {wanted && <Answer query={query}>{({ diagnostics }) => <s-text-area label={words.text} value={diagnostics} rows={14} readOnly />}</Answer>}
        {text && (
          <s-stack direction="inline">
            <s-button variant="primary" onClick={() => void copy(text)}>
              {words.copy}
            </s-button>
          </s-stack>
        )}
      </s-stack>
    </s-section>
  );
}

/** Inside a frame the clipboard needs the browser's leave; the text is there to be selected all the same. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    shopify.toast.show(words.copied);
  } catch {
    shopify.toast.show(words.notCopied, { isError: true });
  }
}
