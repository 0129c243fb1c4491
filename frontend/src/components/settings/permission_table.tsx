// What each role may, as ticks in a table; changed by owners, and saved as one.
import { useMutation, useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { ask } from "../../api/door";
import { PermissionsSetDocument } from "../../api/typed";
import type { Permission, PermissionsQuery, Role } from "../../api/typed";
import { team as words } from "../../texts/team";
import { useDeed } from "../change";
import { useSaveBar } from "../mapping/rule_bar";
import { Barred, useMay } from "../may";
import { Press } from "../press";
import { sentence } from "../shown";
import { changed, ticked } from "./permission_ticks";
import type { Ticks } from "./permission_ticks";

type Row = PermissionsQuery["permissions"][number];

export function PermissionTable({ rows }: { rows: Row[] }) {
  const open = useMay().may("MANAGE_PERMISSIONS");
  const [ticks, tick] = useState<Ticks>({});
  const [error, complain] = useState<string>();
  const save = useSaving();
  const dirty = changed(rows, ticks).length > 0;
  const bar = useSaveBar(dirty, ticks);
  const refuse = (said: string) => {
    complain(said);
    bar.again();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (save.isPending || !dirty) return;
    bar.away();
    save.mutate(changed(rows, ticks), {
      onSuccess: (wrong) => {
        if (wrong) return refuse(wrong);
        complain(undefined);
        tick({});
        shopify.toast.show(words.saved);
      },
      onError: (failure) => refuse(sentence(failure)),
    });
  };
  const discard = () => {
    bar.away();
    complain(undefined);
    tick({});
  };
  return (
    <form data-save-bar onSubmit={submit} onReset={discard}>
      <input type="hidden" name="ticks" value={bar.told} ref={bar.field} />
      <s-section heading={words.table} padding="none">
        <s-stack gap="base" padding="base" paddingBlockStart="none">
          <s-text color="subdued">{words.tableMore}</s-text>
          <Barred needs="MANAGE_PERMISSIONS" />
          {error && <s-banner tone="critical" heading={error} />}
        </s-stack>
        <Ticked rows={rows} ticks={ticks} open={open} tick={(role, permission, on) => tick((before) => ({ ...before, [`${role} ${permission}`]: on }))} />
        <s-box padding="base">
          <Press type="submit" variant="primary" of={save} disabled={!dirty}>
            {words.save}
          </Press>
        </s-box>
      </s-section>
    </form>
  );
}

interface Given {
  rows: Row[];
  ticks: Ticks;
  open: boolean;
  tick: (role: Role, permission: Permission, on: boolean) => void;
}

function Ticked({ rows, ticks, open, tick }: Given) {
  return (
    <s-table>
      <s-table-header-row>
        <s-table-header listSlot="primary">{words.permission}</s-table-header>
        {rows.map(({ role }) => (
          <s-table-header key={role} listSlot="labeled">
            {words.roles[role]}
          </s-table-header>
        ))}
      </s-table-header-row>
      <s-table-body>
        {(Object.keys(words.permissions) as Permission[]).map((permission) => (
          <s-table-row key={permission}>
            <s-table-cell>{words.permissions[permission]}</s-table-cell>
            {rows.map((row) => (
              <s-table-cell key={row.role}>
                <s-checkbox
                  accessibilityLabel={words.may(row.role, permission)}
                  checked={ticked(row, ticks, permission)}
                  disabled={!open || row.fixed.includes(permission)}
                  onChange={(event) => tick(row.role, permission, event.currentTarget.checked)}
                />
              </s-table-cell>
            ))}
          </s-table-row>
        ))}
      </s-table-body>
    </s-table>
  );
}

/** Each role that changed is one change; the first refusal ends it, and is answered with. */
function useSaving() {
  const answers = useQueryClient();
  const { needs, open } = useDeed(PermissionsSetDocument);
  const change = useMutation({
    mutationFn: async (wanted: { role: Role; permissions: Permission[] }[]): Promise<string | undefined> => {
      open();
      for (const each of wanted) {
        const { permissionsSet } = await ask(PermissionsSetDocument, each);
        if (permissionsSet.userErrors[0]) return permissionsSet.userErrors[0].message;
      }
      return undefined;
    },
    onSettled: () => answers.invalidateQueries(),
  });
  return { ...change, needs };
}
