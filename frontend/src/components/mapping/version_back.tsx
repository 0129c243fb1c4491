// Going back to an earlier version, once somebody has been told what that does.
import { MappingRollBackDocument } from "../../api/typed";
import { versions as words } from "../../texts/mapping_versions";
import { Asked } from "../asked";
import { useChange } from "../change";
import { useStanding } from "./draft_standing";

export function RollBack({ connection, number }: { connection: string; number: number }) {
  const { data } = useStanding(connection);
  const back = useChange(
    MappingRollBackDocument,
    (result) => result.mappingRollBack,
    ({ version, records }) => (version ? words.backDone(version.number, number, records ?? 0) : undefined),
  );
  return (
    <Asked
      label={words.backTo}
      heading={words.backAsk(number)}
      act={words.backTo}
      of={back}
      press={(close) => back.mutate({ connection, number }, { onSettled: close })}
    >
      <s-paragraph>{words.backMore(number)}</s-paragraph>
      {data?.mappingDraft && <s-paragraph>{words.backDraft}</s-paragraph>}
    </Asked>
  );
}
