// One what-if: how far it is as it happens, how many orders have which outcome, and each order that differs.
import { keepPreviousData, useQuery } from "@tanstack/preact-query";
import { useRoute } from "preact-iso";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { WhatIfDocument } from "../../api/typed";
import type { WhatIfQuery } from "../../api/typed";
import { Answer } from "../../components/answer";
import { MappingFrame } from "../../components/mapping/frame";
import { useWay } from "../../components/mapping/way";
import { WhatIfHead } from "../../components/mapping/what_if_head";
import { WhatIfOrders } from "../../components/mapping/what_if_orders";
import { outcomes } from "../../components/mapping/what_if_results";
import type { Filter } from "../../components/mapping/what_if_results";
import { usePages } from "../../components/paged";
import { useProgress } from "../../components/progress";
import { whatIf as words } from "../../texts/mapping_versions";

const EVERY = 5_000;

type Found = NonNullable<WhatIfQuery["whatIf"]>;

export function MappingWhatIfRun() {
  const id = `gid://stockbridge/Run/${useRoute().params["id"]}`;
  return <MappingFrame at="versions">{() => <Content key={id} id={id} />}</MappingFrame>;
}

function Content({ id }: { id: string }) {
  const [filter, choose] = useState<Filter>();
  const pages = usePages(filter);
  const query = useQuery({
    queryKey: ["run", id, "what-if", filter, pages.after],
    queryFn: () => ask(WhatIfDocument, { run: id, outcomes: outcomes(filter), after: pages.after }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.whatIf?.run.endedAt ? false : EVERY),
  });
  return (
    <Answer query={query} empty={(data) => (data.whatIf ? undefined : <Gone />)}>
      {({ whatIf }) =>
        whatIf && (
          <>
            <Watched whatIf={whatIf} />
            <WhatIfOrders whatIf={whatIf} filter={filter} choose={choose} pages={pages} />
          </>
        )
      }
    </Answer>
  );
}

/** What is told while it happens takes the place of what was asked before it. */
function Watched({ whatIf }: { whatIf: Found }) {
  const { run } = useProgress(whatIf.run.id);
  const open = whatIf.run.endedAt === null;
  return <WhatIfHead run={open && run ? { ...whatIf.run, ...run } : whatIf.run} />;
}

function Gone() {
  const at = useWay();
  return (
    <s-section accessibilityLabel={words.gone}>
      <s-empty-state heading={words.gone}>
        <s-button slot="primary-action" href={at("/mapping/what-if")}>
          {words.back}
        </s-button>
      </s-empty-state>
    </s-section>
  );
}
