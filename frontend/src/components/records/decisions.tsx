// What a person may decide about one record besides a retry: leave it out, link it by hand, let go of its document.
import type { RecordQuery } from "../../api/typed";
import { RecordSkipDocument, RecordUnlinkDocument } from "../../api/typed";
import { records } from "../../texts/records";
import { Asked } from "../asked";
import { useChange } from "../change";
import { Adopt } from "./adopt";

type Found = NonNullable<RecordQuery["record"]>;

const said = records.decide;

export function Decisions({ record }: { record: Found }) {
  const waits = record.state === "HELD" || record.state === "WAITING";
  const document = record.kind === "ORDER" || record.kind === "REFUND";
  const skips = waits && record.decided !== "SKIP";
  const adopts = document && !record.hostKey && record.state !== "RUNNING" && record.decided !== "ADOPT";
  const unlinks = document && Boolean(record.hostKey);
  if (!skips && !adopts && !unlinks && !record.decided) return null;
  return (
    <s-section heading={said.heading}>
      <s-stack gap="base">
        {record.decided && <s-paragraph>{said.decided[record.decided]}</s-paragraph>}
        <s-stack direction="inline" gap="small">
          {skips && <Skip record={record} />}
          {adopts && <Adopt record={record} />}
          {unlinks && <Unlink record={record} />}
        </s-stack>
      </s-stack>
    </s-section>
  );
}

function Skip({ record }: { record: Found }) {
  const skip = useChange(
    RecordSkipDocument,
    (result) => result.recordSkip,
    () => said.skipped,
  );
  const press = (close: () => void) =>
    skip.mutate({ ids: [record.id] }, { onSuccess: ({ recordSkip }) => recordSkip.userErrors.length || close() });
  return (
    <Asked label={said.skip} heading={said.skipHeading} act={said.skipAct} of={skip} press={press}>
      <s-paragraph>{said.skipMore}</s-paragraph>
    </Asked>
  );
}

function Unlink({ record }: { record: Found }) {
  const unlink = useChange(
    RecordUnlinkDocument,
    (result) => result.recordUnlink,
    () => said.unlinked,
  );
  const press = (close: () => void) =>
    unlink.mutate({ id: record.id }, { onSuccess: ({ recordUnlink }) => recordUnlink.userErrors.length || close() });
  return (
    <Asked label={said.unlink} heading={said.unlinkHeading} act={said.unlinkAct} critical of={unlink} press={press}>
      <s-paragraph>{said.unlinkMore(record.hostNumber ?? record.hostKey ?? "")}</s-paragraph>
    </Asked>
  );
}
