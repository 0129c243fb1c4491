// Throwing the draft away, once somebody has said that they mean it.
import { MappingDiscardDocument } from "../../api/typed";
import { draft as words } from "../../texts/mapping_versions";
import { Asked } from "../asked";
import { useChange } from "../change";

export function Discard({ connection, revision }: { connection: string; revision: string }) {
  const discard = useChange(
    MappingDiscardDocument,
    (result) => result.mappingDraftDiscard,
    () => words.discarded,
  );
  return (
    <Asked
      label={words.discard}
      heading={words.discardAsk}
      act={words.discard}
      variant="tertiary"
      critical
      of={discard}
      press={(close) => discard.mutate({ connection, revision }, { onSettled: close })}
    >
      <s-paragraph>{words.discardMore}</s-paragraph>
    </Asked>
  );
}
