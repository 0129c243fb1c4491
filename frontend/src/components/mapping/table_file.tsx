// A table as a file: out, and in again in two steps: looked at line by line, which changes nothing, and then confirmed.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { ApiFailure } from "../../api/failure";
import { TableExportDocument, TableImportCheckDocument, TableImportConfirmDocument } from "../../api/typed";
import { texts } from "../../texts";
import { tablesPage } from "../../texts/mapping_tables";
import { useDeed } from "../change";
import { useMay } from "../may";
import { sentence } from "../shown";
import { ChosenFile } from "./chosen_file";
import { save } from "./files";
import { Checked } from "./table_checked";
import { check, confirm } from "./table_importing";
import type { Check, File, Confirmed } from "./table_importing";

interface Given {
  connection: string;
  table: string;
  drafted: boolean;
}

export function TableFile({ connection, table, drafted }: Given) {
  const words = tablesPage.file;
  const [text, choose] = useState<string>();
  const [merge, keep] = useState(false);
  const [found, hear] = useState<Check>();
  const { why } = useMay();
  const { needs, open } = useDeed(TableImportCheckDocument);
  const looking = useMutation({
    mutationFn: async (file: File) => {
      open();
      return check(connection, file);
    },
    onSuccess: hear,
    onError: (error) => shopify.toast.show(sentence(error), { isError: true }),
  });
  const look = (told: string, both: boolean) => {
    choose(told);
    keep(both);
    hear(undefined);
    looking.mutate({ table, csv: told, merge: both });
  };
  const forget = () => {
    choose(undefined);
    hear(undefined);
  };
  const put = usePut(connection, forget, hear);
  return (
    <s-section heading={words.heading}>
      <s-stack gap="base">
        <s-text color="subdued">{words.more}</s-text>
        <Download connection={connection} table={table} drafted={drafted} />
        <ChosenFile needs={needs} label={words.choose} chosen={(told) => look(told, merge)} />
        <s-checkbox
          label={words.merge}
          details={words.mergeMore}
          checked={merge}
          disabled={Boolean(why(needs))}
          onChange={(event) => (text === undefined ? keep(event.currentTarget.checked) : look(text, event.currentTarget.checked))}
        />
        {looking.isPending && <s-spinner accessibilityLabel={words.looking} />}
        {found && text !== undefined && (
          <Checked
            found={found}
            of={put}
            put={(publish) => put.mutate({ file: { table, csv: text, merge }, found, publish })}
            again={() => look(text, merge)}
            forget={forget}
          />
        )}
      </s-stack>
    </s-section>
  );
}

/** What was overtaken is shown as it is now: nothing was done, and it has to be confirmed anew. */
function usePut(connection: string, forget: () => void, hear: (found: Check) => void) {
  const words = tablesPage.file;
  const answers = useQueryClient();
  const { needs, open } = useDeed(TableImportConfirmDocument);
  const put = useMutation({
    mutationFn: async ({ file, found, publish }: { file: File; found: Check; publish: boolean }): Promise<Confirmed> => {
      open();
      return confirm(connection, file, found, publish);
    },
    onSuccess: ({ wrong, version, anew }) => {
      if (anew) hear(anew);
      if (wrong) shopify.toast.show(wrong, { isError: true });
      if (anew || wrong) return;
      forget();
      shopify.toast.show(version ? words.published(version) : words.drafted);
    },
    onError: (error) => shopify.toast.show(sentence(error), { isError: true }),
    onSettled: () => answers.invalidateQueries(),
  });
  return { ...put, needs };
}

function Download({ connection, table, drafted }: Given) {
  const words = tablesPage.file;
  const [busy, work] = useState(false);
  const fetched = async () => {
    const { csv, userErrors } = (await ask(TableExportDocument, { connection, table, version: drafted ? "draft" : "current" })).tableExport;
    if (csv === null || csv === undefined) throw new ApiFailure(userErrors[0]?.message ?? texts.general.failed, userErrors[0]?.code ?? "");
    save(`${table.replace(":", "-")}.csv`, csv);
  };
  const press = async () => {
    work(true);
    await fetched().catch((error: unknown) => shopify.toast.show(sentence(error), { isError: true }));
    work(false);
  };
  return (
    <s-stack direction="inline">
      <s-button loading={busy} onClick={() => void press()}>
        {words.download}
      </s-button>
    </s-stack>
  );
}
