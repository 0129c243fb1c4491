// A button that saves a report as a file.
import { useState } from "preact/hooks";
import { download } from "../../api/downloads";
import { reports as words } from "../../texts/reports";
import { sentence } from "../shown";

interface Given {
  report: string;
  asked: Record<string, string>;
  /** What the file is of, for those who hear the button alone. */
  named: string;
  slot?: "secondary-actions";
}

export function SaveCsv({ report, asked, named, slot }: Given) {
  const [busy, work] = useState(false);
  const press = async () => {
    work(true);
    await download(report, asked).catch((error: unknown) => shopify.toast.show(sentence(error) || words.notSaved, { isError: true }));
    work(false);
  };
  return (
    <s-button {...(slot ? { slot } : {})} accessibilityLabel={words.csvNamed(named)} loading={busy} onClick={() => void press()}>
      {words.csv}
    </s-button>
  );
}
