// A field that takes one CSV file, read as text; what can't be read is said beside it.
import { useState } from "preact/hooks";
import type { Permission } from "../../api/typed";
import { tablesPage } from "../../texts/mapping_tables";
import { useMay } from "../may";
import { read } from "./files";

interface Given {
  label: string;
  needs: Permission;
  chosen: (text: string) => void;
}

export function ChosenFile({ label, needs, chosen }: Given) {
  const { why } = useMay();
  const words = tablesPage.file;
  const [error, complain] = useState<string>();
  const [name, tell] = useState<string>();
  const take = async (field: { files: readonly File[]; value: string | null }) => {
    const [file] = field.files;
    complain(undefined);
    if (!file) return;
    tell(file.name);
    const found = await read(file);
    // The same file may be chosen again, once what was wrong in it is put right.
    field.value = "";
    if ("wrong" in found) complain(words.unread[found.wrong]);
    else chosen(found.text);
  };
  return (
    <s-stack gap="small-400">
      <s-drop-zone
        label={label}
        accessibilityLabel={label}
        accept=".csv,text/csv"
        error={error}
        disabled={Boolean(why(needs))}
        onChange={(event) => void take(event.currentTarget)}
      />
      {name && <s-text color="subdued">{words.chosen(name)}</s-text>}
    </s-stack>
  );
}
