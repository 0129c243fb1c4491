// What was ticked and not saved yet, beside what each role may by now.
import type { Permission, PermissionsQuery, Role } from "../../api/typed";

type Row = PermissionsQuery["permissions"][number];

/** By role and permission, with a space between. */
export type Ticks = Record<string, boolean>;

export function ticked(row: Row, ticks: Ticks, permission: Permission): boolean {
  const held = row.permissions.includes(permission);
  return row.fixed.includes(permission) ? held : (ticks[`${row.role} ${permission}`] ?? held);
}

/** The roles that would be otherwise, each with all it would hold. */
export function changed(rows: Row[], ticks: Ticks): { role: Role; permissions: Permission[] }[] {
  return rows.flatMap((row) => {
    const known = [...new Set([...row.permissions, ...named(row, ticks)])];
    const permissions = known.filter((each) => ticked(row, ticks, each));
    const same = permissions.length === row.permissions.length && permissions.every((each) => row.permissions.includes(each));
    return same ? [] : [{ role: row.role, permissions }];
  });
}

function named(row: Row, ticks: Ticks): Permission[] {
  const head = `${row.role} `;
  return Object.keys(ticks).filter((key) => key.startsWith(head)).map((key) => key.slice(head.length) as Permission);
}
