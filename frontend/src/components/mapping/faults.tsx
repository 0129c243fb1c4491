// The lines of a file that are wrong, each with its number and why.
import { tablesPage } from "../../texts/mapping_tables";
import { Slices } from "./slices";

interface Fault {
  line: number;
  sentence: string;
}

export function Faults({ faults }: { faults: Fault[] }) {
  const words = tablesPage.file;
  return (
    <s-stack gap="none">
      <s-banner tone="critical" heading={words.faulty(faults.length)}>
        <s-paragraph>{words.faultyMore}</s-paragraph>
      </s-banner>
      <Slices
        all={faults}
        head={
          <s-table-header-row>
            <s-table-header listSlot="inline" format="numeric">
              {words.line}
            </s-table-header>
            <s-table-header listSlot="primary">{words.wrong}</s-table-header>
          </s-table-header-row>
        }
      >
        {({ line, sentence }) => (
          <s-table-row key={`${line} ${sentence}`}>
            <s-table-cell>{line}</s-table-cell>
            <s-table-cell>{sentence}</s-table-cell>
          </s-table-row>
        )}
      </Slices>
    </s-stack>
  );
}
