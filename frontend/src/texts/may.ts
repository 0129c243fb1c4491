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
};

/** Why a button does nothing. */
export function barred(role: Role | null, wanted: Permission): string {
  const whose = role ? `Your role, ${roles[role].toLowerCase()},` : "Your role";
  return `${whose} may not do this: ${permissions[wanted].toLowerCase()}. An owner can change that.`;
}
