// The orders of a what-if: how many have which outcome, and of each that is shown what would be another way.
import type { WhatIfOutcome, WhatIfQuery } from "../../api/typed";
import { whatIf as words } from "../../texts/mapping_versions";
import { PagedTable } from "../paged";
import type { Pages } from "../paged";
import { local } from "../shown";
import { place } from "./preview_paths";
import { useWay } from "./way";
import { DIFFERING, asked, count, present } from "./what_if_results";
import type { Filter } from "./what_if_results";

type Found = NonNullable<WhatIfQuery["whatIf"]>;
type Order = Found["orders"]["nodes"][number];

const SHOWN = 5;

const tone: Record<WhatIfOutcome, "info" | "warning" | "success" | "neutral"> = {
  SAME: "neutral",
  CHANGED: "info",
  NEWLY_HELD: "warning",
  NO_LONGER_HELD: "success",
  HELD_OTHERWISE: "warning",
  NEWLY_SKIPPED: "warning",
  NO_LONGER_SKIPPED: "success",
  SKIPPED_OTHERWISE: "neutral",
  GONE: "neutral",
  UNREADABLE: "warning",
};

interface Given {
  whatIf: Found;
  filter: Filter;
  choose: (filter: Filter) => void;
  pages: Pages;
}

export function WhatIfOrders({ whatIf, filter, choose, pages }: Given) {
  const { nodes, pageInfo } = whatIf.orders;
  const { version } = asked(whatIf.run.request);
  return (
    <s-section heading={words.results} padding="none">
      <s-box padding="base">
        <Filters whatIf={whatIf} filter={filter} choose={choose} />
      </s-box>
      {nodes.length === 0 ? (
        <Nothing over={whatIf.run.endedAt !== null} />
      ) : (
        <PagedTable pages={pages} info={pageInfo}>
          <s-table-header-row>
            <s-table-header listSlot="primary">{words.order}</s-table-header>
            <s-table-header listSlot="inline">{words.what}</s-table-header>
            <s-table-header listSlot="secondary">{words.detail}</s-table-header>
          </s-table-header-row>
          <s-table-body>
            {nodes.map((order) => (
              <Row key={order.orderId} order={order} version={version} />
            ))}
          </s-table-body>
        </PagedTable>
      )}
    </s-section>
  );
}

function Filters({ whatIf: { counts }, filter, choose }: Pick<Given, "whatIf" | "filter" | "choose">) {
  const one = (name: string, among: WhatIfOutcome[], wanted: Filter) => (
    <s-press-button key={name} variant={filter === wanted ? "secondary" : "tertiary"} pressed={filter === wanted} onClick={() => choose(wanted)}>
      {words.counted(name, count(counts, among))}
    </s-press-button>
  );
  return (
    <s-stack direction="inline" gap="small-200">
      {one(words.all, DIFFERING, undefined)}
      {present(counts).map((outcome) => one(words.outcome[outcome], [outcome], outcome))}
    </s-stack>
  );
}

function Nothing({ over }: { over: boolean }) {
  return (
    <s-empty-state heading={over ? words.nothing : words.noneYet}>
      <s-text slot="subheading">{over ? words.nothingMore : words.noneYetMore}</s-text>
    </s-empty-state>
  );
}

function Row({ order, version }: { order: Order; version: string }) {
  const at = useWay();
  const { outcome, obstacles, differences } = order;
  const own = local(order.orderId);
  const name = order.name ?? own;
  return (
    <s-table-row>
      <s-table-cell>
        <s-link href={at("/mapping/preview", { order: own, version })} accessibilityLabel={words.previewOf(name)}>
          {name}
        </s-link>
      </s-table-cell>
      <s-table-cell>
        <s-badge tone={tone[outcome]}>{words.outcome[outcome]}</s-badge>
      </s-table-cell>
      <s-table-cell>
        <s-stack gap="small-400">
          {obstacles.map(({ code, sentence }, at) => (
            <s-text key={`${code}${at}`}>{sentence}</s-text>
          ))}
          {differences.slice(0, SHOWN).map(({ path, told, now }) => (
            <s-text key={path}>
              <s-text color="subdued">{place(path)}:</s-text> {words.change(told ?? words.nothingTold, now ?? words.nothingTold)}
            </s-text>
          ))}
          {differences.length > SHOWN && <s-text color="subdued">{words.moreChanges(differences.length - SHOWN)}</s-text>}
        </s-stack>
      </s-table-cell>
    </s-table-row>
  );
}
