// What roles and permissions are called, and why something can't be done: for every view that has anything to press.
import type { Permission, Role } from "../api/typed";

export const roles: Record<Role, string> = {
  OWNER: "Owner",
  MANAGER: "Manager",
  OPERATOR: "Operator",
  VIEWER: "Viewer",
};

export const permissions: Record<Permission, string> = {
  READ_STATUS: "See how everything stands",
  READ_RECORDS: "See orders, other records, stock and mappings",
  WRITE_RETRY: "Have orders and flows run again",
  WRITE_MAPPINGS: "Change and publish mappings",
  MANAGE_FLOWS: "Change flows and their settings, approve plans",
  MANAGE_CONNECTIONS: "Make and change connections, go live",
  MANAGE_ALERTS: "Say who is told of what is wrong",
  MANAGE_TEAM: "Give roles, up to their own",
  MANAGE_TOKENS: "Make and revoke API tokens",
  READ_AUDIT: "Read the audit log",
  MANAGE_PERMISSIONS: "Decide what roles may do",
  MANAGE_SHOPS: "Bring shops into one organisation",
};

const whose = (role: Role | null) => (role ? `Your role, ${roles[role].toLowerCase()},` : "Your role");

/** Why a button does nothing. */
export function barred(role: Role | null, wanted: Permission): string {
  return `${whose(role)} may not do this: ${within(permissions[wanted])}. An owner can change that.`;
}

/** Why several buttons of one view do nothing. */
export function barredSome(role: Role | null, wanted: Permission[]): { heading: string; more: string } {
  return {
    heading: `${whose(role)} may look at this, but not change everything here.`,
    more: `It may not: ${wanted.map((each) => within(permissions[each])).join("; ")}. An owner can change that.`,
  };
}

/** In the middle of a sentence: only its first letter was large for being the first. */
function within(said: string): string {
  return said.slice(0, 1).toLowerCase() + said.slice(1);
}
