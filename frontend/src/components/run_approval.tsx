// What a run waits for: a person's word on its plan, or on the orders it has counted.
import { BackfillApproveDocument, PlanApproveDocument, PricePlanApproveDocument } from "../api/typed";
import type { RunQuery } from "../api/typed";
import { runPage as words, runs } from "../texts/runs";
import { useChange } from "./change";
import { Press } from "./press";
import { tallied } from "./run_words";

type Found = NonNullable<RunQuery["run"]>;

export function RunApproval({ run }: { run: Found }) {
  const told = () => words.approved;
  const stock = useChange(PlanApproveDocument, (result) => result.stockPlanApprove, told);
  const prices = useChange(PricePlanApproveDocument, (result) => result.pricePlanApprove, told);
  const older = useChange(BackfillApproveDocument, (result) => result.backfillApprove, told);
  const approve = run.kind === "BACKFILL" ? older : run.flow === "PRICES" ? prices : stock;
  const found = tallied(run, "found");
  const send = found - tallied(run, "linked");
  return (
    <s-banner tone="warning" heading={run.kind === "BACKFILL" ? words.waitsOlder(found) : words.waits}>
      {run.kind === "BACKFILL" && <Counted run={run} />}
      {run.concerns.map((concern) => (
        <s-paragraph key={concern}>{runs.concern[concern]}</s-paragraph>
      ))}
      <Press
        slot="secondary-actions"
        variant="primary"
        of={approve}
        onClick={() => approve.mutate({ run: run.id })}
      >
        {run.kind === "BACKFILL" ? words.send(send) : words.approve}
      </Press>
    </s-banner>
  );
}

function Counted({ run }: { run: Found }) {
  const [linked, older] = [tallied(run, "linked"), tallied(run, "before_go_live")];
  return (
    <>
      {linked > 0 && <s-paragraph>{words.linked(linked)}</s-paragraph>}
      {older > 0 && <s-paragraph>{words.older(older)}</s-paragraph>}
    </>
  );
}
