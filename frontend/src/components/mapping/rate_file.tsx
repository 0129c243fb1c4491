// Exchange rates from a file: all of it, or nothing where a line is wrong.
import { useState } from "preact/hooks";
import { RatesImportDocument } from "../../api/typed";
import type { RatesImportMutation } from "../../api/typed";
import { tablesPage } from "../../texts/mapping_tables";
import { useChange } from "../change";
import { ChosenFile } from "./chosen_file";
import { Faults } from "./faults";

type Fault = RatesImportMutation["ratesImport"]["faults"][number];

export function RateFile({ connection }: { connection: string }) {
  const words = tablesPage.rates;
  const [faults, complain] = useState<Fault[]>([]);
  const bring = useChange(
    RatesImportDocument,
    (result) => result.ratesImport,
    (payload) => {
      complain(payload.faults);
      return payload.faults.length ? undefined : words.entered(payload.changed ?? 0, payload.records ?? 0);
    },
  );
  return (
    <s-section heading={words.file}>
      <s-stack gap="base">
        <s-text color="subdued">{words.fileMore}</s-text>
        <ChosenFile needs={bring.needs} label={words.choose} chosen={(csv) => bring.mutate({ connection, csv })} />
        {bring.isPending && <s-spinner accessibilityLabel={tablesPage.file.looking} />}
        {faults.length > 0 && <Faults faults={faults} />}
      </s-stack>
    </s-section>
  );
}
