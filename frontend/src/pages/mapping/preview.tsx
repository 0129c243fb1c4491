// Preview: one real order under a mapping that need not be in force; nothing is written anywhere.
import { useQuery } from "@tanstack/preact-query";
import { useLocation } from "preact-iso";
import { ask } from "../../api/door";
import { MappingPreviewDocument } from "../../api/typed";
import { Answer } from "../../components/answer";
import { named } from "../../components/mapping/differences";
import { useStanding } from "../../components/mapping/draft_standing";
import { MappingFrame } from "../../components/mapping/frame";
import { PreviewChoice, useOrders } from "../../components/mapping/preview_choice";
import { PreviewResult } from "../../components/mapping/preview_result";
import { local } from "../../components/shown";
import { preview as words } from "../../texts/mapping_versions";

export function MappingPreview() {
  return <MappingFrame at="versions">{(connection) => <Content connection={connection} />}</MappingFrame>;
}

function Content({ connection }: { connection: string }) {
  const { query: given } = useLocation();
  const standing = useStanding(connection);
  const newest = useOrders(connection, "");
  const draft = standing.data?.mappingDraft;
  const wanted = named(given["version"], "draft");
  const version = wanted === "draft" && standing.data && !draft ? "current" : wanted;
  const [first] = newest.data?.orders.nodes ?? [];
  const order = given["order"] || (first ? local(first.id) : undefined);
  const made = useQuery({
    // The draft's state is part of what is asked: another one is another preview.
    queryKey: ["mapping", connection, "preview", order, version, version === "draft" ? draft?.revision : undefined],
    queryFn: () => ask(MappingPreviewDocument, { connection, order: `gid://stockbridge/Order/${order}`, version }),
    enabled: Boolean(order && standing.data),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  return (
    <Answer query={newest} empty={() => (order ? undefined : <NoOrders />)}>
      {() =>
        order && (
          <>
            <s-section heading={words.heading}>
              <s-stack gap="base">
                <s-text color="subdued">{words.more}</s-text>
                <PreviewChoice
                  connection={connection}
                  drafted={Boolean(draft)}
                  chosen={{ order, version, name: made.data?.order?.name ?? made.data?.order?.storeKey }}
                />
              </s-stack>
            </s-section>
            <Answer query={made} empty={(data) => (data.order && data.mappingPreview ? undefined : <Gone />)}>
              {(data) => <PreviewResult data={data} />}
            </Answer>
          </>
        )
      }
    </Answer>
  );
}

function NoOrders() {
  return (
    <s-section accessibilityLabel={words.noOrders}>
      <s-empty-state heading={words.noOrders}>
        <s-text slot="subheading">{words.noOrdersMore}</s-text>
      </s-empty-state>
    </s-section>
  );
}

function Gone() {
  return (
    <s-section accessibilityLabel={words.gone}>
      <s-empty-state heading={words.gone}>
        <s-text slot="subheading">{words.goneMore}</s-text>
      </s-empty-state>
    </s-section>
  );
}
