// Mapping: which version is in force, and who put it there.
import { useQuery } from "@tanstack/preact-query";
import { ask } from "../../api/door";
import { MappingHeadDocument } from "../../api/typed";
import { Answer } from "../../components/answer";
import { MappingFrame } from "../../components/mapping/frame";
import { when } from "../../components/shown";
import { texts } from "../../texts";

export function MappingHome() {
  return <MappingFrame at="rules">{(connection) => <InForce connection={connection} />}</MappingFrame>;
}

function InForce({ connection }: { connection: string }) {
  const words = texts.mapping;
  const query = useQuery({
    queryKey: ["mapping", connection, "head"],
    queryFn: () => ask(MappingHeadDocument, { connection }),
  });
  return (
    <Answer query={query}>
      {({ mappingVersions }) => {
        const [version] = mappingVersions.nodes;
        return (
          <s-section heading={version ? words.inForce(version.number) : words.none}>
            <s-text color="subdued">
              {version ? words.since(words.people(version.publishedBy ?? ""), when(version.publishedAt)) : words.noneMore}
            </s-text>
            {version?.note && <s-paragraph>{version.note}</s-paragraph>}
          </s-section>
        );
      }}
    </Answer>
  );
}
