// What stands above every view of the mapping: which version is in force, and the draft, if there is one, with what may be
// done about it.
import type { MappingStandingQuery } from "../../api/typed";
import { texts } from "../../texts";
import { draft as words } from "../../texts/mapping_versions";
import { sentence, when } from "../shown";
import { nothing } from "./differences";
import { Discard } from "./draft_discard";
import { Behind, Publish } from "./draft_publish";
import { said, standing, useStanding } from "./draft_standing";
import type { Draft, Standing } from "./draft_standing";
import { useWay } from "./way";

const SHOWN = 5;

type Version = MappingStandingQuery["mappingVersions"]["nodes"][number];

export function DraftBar({ connection }: { connection: string }) {
  const { data, error } = useStanding(connection);
  const [version] = data?.mappingVersions.nodes ?? [];
  const found = standing(data);
  return (
    <s-section accessibilityLabel={words.bar}>
      {/* As high as it will be: what stands below stays where it is. */}
      <s-box minBlockSize="44px">
        {!data && <s-text color="subdued">{error ? sentence(error) : texts.general.loading}</s-text>}
        {data && !found && <InForce version={version} />}
        {found && <Open found={found} connection={connection} />}
      </s-box>
      {found?.draft.behind && <Behind draft={found.draft} />}
      {found && found.draft.problems.length > 0 && <Problems of={found.draft} />}
    </s-section>
  );
}

function InForce({ version }: { version: Version | undefined }) {
  const all = texts.mapping;
  return (
    <s-stack gap="small-400">
      <s-text type="strong">{version ? all.inForce(version.number) : all.none}</s-text>
      <s-text color="subdued">
        {version ? `${all.since(all.people(version.publishedBy ?? ""), when(version.publishedAt))}. ${words.none}` : words.none}
      </s-text>
    </s-stack>
  );
}

function Open({ found, connection }: { found: Standing; connection: string }) {
  const at = useWay();
  const { draft, differs } = found;
  const idle = differs !== null && nothing(differs);
  return (
    <s-query-container>
      <s-grid gridTemplateColumns="@container (inline-size > 700px) 1fr auto, 1fr" gap="small" alignItems="center">
        <s-stack gap="small-400">
          <s-stack direction="inline" gap="small-200" alignItems="center">
            <s-text type="strong">{words.heading}</s-text>
            <s-badge tone="info">{said(differs)}</s-badge>
          </s-stack>
          <s-text color="subdued">
            {words.changed(texts.mapping.people(draft.changedBy), when(draft.changedAt))} {draft.note}
          </s-text>
        </s-stack>
        <s-stack direction="inline" gap="small-200">
          <s-button variant="tertiary" href={at("/mapping/changes")}>
            {words.look}
          </s-button>
          <s-button variant="tertiary" href={at("/mapping/preview")}>
            {words.preview}
          </s-button>
          <s-button variant="tertiary" href={at("/mapping/what-if")}>
            {words.whatIf}
          </s-button>
          <Discard connection={connection} revision={draft.revision} />
          <Publish connection={connection} found={found} disabled={idle || draft.problems.length > 0} />
        </s-stack>
      </s-grid>
    </s-query-container>
  );
}

function Problems({ of: { problems } }: { of: Draft }) {
  return (
    <s-banner tone="warning" heading={words.problems(new Set(problems.map(({ rule }) => rule)).size)}>
      <s-unordered-list>
        {problems.slice(0, SHOWN).map(({ rule, message }) => (
          <s-list-item key={`${rule}${message}`}>{message}</s-list-item>
        ))}
      </s-unordered-list>
      {problems.length > SHOWN && <s-paragraph>{words.more(problems.length - SHOWN)}</s-paragraph>}
    </s-banner>
  );
}
