// One version: what it says, and the way back to it.
import { useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { ask } from "../../api/door";
import { MappingVersionDocument } from "../../api/typed";
import type { MappingVersionQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { MappingFrame } from "../../components/mapping/frame";
import { RollBack } from "../../components/mapping/version_back";
import { VersionRules, VersionTables } from "../../components/mapping/version_contents";
import { by } from "../../components/mapping/version_rows";
import { useWay } from "../../components/mapping/way";
import { when } from "../../components/shown";
import { versions as words } from "../../texts/mapping_versions";

export function MappingVersion() {
  const number = Number(useRoute().params["number"]);
  return (
    <MappingFrame at="versions">
      {(connection) => <Content key={number} connection={connection} number={number} />}
    </MappingFrame>
  );
}

function Content({ connection, number }: { connection: string; number: number }) {
  const query = useQuery({
    queryKey: ["mapping", connection, "version", number],
    queryFn: () => ask(MappingVersionDocument, { connection, number }),
    enabled: Number.isInteger(number),
  });
  return (
    <Answer query={query} empty={(data) => (data.mappingVersion ? undefined : <Gone />)}>
      {(data) => data.mappingVersion && <Whole data={data} connection={connection} />}
    </Answer>
  );
}

function Gone() {
  const at = useWay();
  return (
    <s-section accessibilityLabel={words.gone}>
      <s-empty-state heading={words.gone}>
        <s-button slot="primary-action" href={at("/mapping/versions")}>
          {words.back}
        </s-button>
      </s-empty-state>
    </s-section>
  );
}

function Whole({ data, connection }: { data: MappingVersionQuery; connection: string }) {
  const at = useWay();
  const found = data.mappingVersion;
  if (!found) return null;
  const { version } = found;
  const { number } = version;
  const inForce = version.state === "PUBLISHED";
  return (
    <>
      <s-section heading={words.named(number)}>
        {inForce && (
          <s-badge slot="accessory" tone="success">
            {words.inForce}
          </s-badge>
        )}
        <s-stack gap="small">
          <s-text>{version.note || words.noNote}</s-text>
          <s-text color="subdued">
            {by(version.publishedBy)}, {when(version.publishedAt)}
            {version.basedOn !== null && ` · ${words.based(version.basedOn)}`}
          </s-text>
          {!inForce && (
            <s-stack direction="inline" gap="small-200">
              <RollBack connection={connection} number={number} />
              <s-button href={at("/mapping/changes", { was: "current", now: number })}>{words.backLook}</s-button>
              <s-button href={at("/mapping/what-if", { version: number })}>{words.backWhatIf}</s-button>
            </s-stack>
          )}
        </s-stack>
      </s-section>
      <VersionTables tables={found.tables} />
      <VersionRules rules={found.rules} names={data.mappingFields} />
    </>
  );
}
