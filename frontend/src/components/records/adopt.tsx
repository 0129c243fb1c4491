// Linking a record to a document of the ERP by its number; one of another sum only when somebody says that they know why.
import { useState } from "preact/hooks";
import type { RecordQuery } from "../../api/typed";
import { RecordAdoptDocument } from "../../api/typed";
import { records } from "../../texts/records";
import { Asked } from "../asked";
import { useChange } from "../change";

type Found = NonNullable<RecordQuery["record"]>;

const said = records.decide;
const LIKELY = "document.possible_duplicate";
const DIFFERS = "document.not_alike";

export function Adopt({ record }: { record: Found }) {
  const likely = record.reason?.code === LIKELY ? record.reason.facts.find(({ name }) => name === "number")?.value : undefined;
  const [entered, enter] = useState<string>();
  const [anyway, insist] = useState(false);
  const [wrong, complain] = useState<{ code: string; message: string }>();
  const number = (entered ?? likely ?? "").trim();
  const adopt = useChange(
    RecordAdoptDocument,
    (result) => result.recordAdopt,
    ({ document }) => said.adopted(document?.number ?? number),
    ([first]) => complain(first),
  );
  const press = (close: () => void) => {
    if (!number) return complain({ code: "", message: said.missing });
    complain(undefined);
    adopt.mutate(
      { id: record.id, hostNumber: number, anyway },
      { onSuccess: ({ recordAdopt }) => recordAdopt.userErrors.length || close() },
    );
  };
  return (
    <Asked label={said.adopt} heading={said.adoptHeading} act={said.adoptAct} of={adopt} press={press}>
      <s-paragraph>{said.adoptMore}</s-paragraph>
      <s-text-field
        label={said.number}
        value={entered ?? likely ?? ""}
        error={wrong?.message}
        autocomplete="off"
        onInput={(event) => {
          complain(undefined);
          insist(false);
          enter(event.currentTarget.value);
        }}
      />
      {(wrong?.code === DIFFERS || anyway) && (
        <s-checkbox label={said.anyway} checked={anyway} onChange={(event) => insist(event.currentTarget.checked)} />
      )}
    </Asked>
  );
}
