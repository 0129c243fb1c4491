// What is said of people and of what a role may: fetched with the views that show them.
import type { Permission, Role } from "../api/typed";
import { permissions, roles } from "./may";

const about: Record<Role, string> = {
  OWNER: "Does everything, and decides what the others may.",
  MANAGER: "Runs it: connections, flows, team and tokens.",
  OPERATOR: "Does the day's work: maps what is missing and runs things again.",
  VIEWER: "Looks, and changes nothing. Whoever is new begins here.",
};

export const team = {
  back: "Settings",
  roles,
  about,
  permissions,
  heading: "Team",
  people: "People",
  peopleMore: "Everybody of your Shopify staff who opened Stockbridge. Whoever comes for the first time is a viewer.",
  person: "Person",
  role: "Role",
  seen: "Last here",
  does: "What you can do",
  nobody: (staff: string) => `Staff member ${staff}`,
  you: "You",
  accountOwner: "Account owner",
  change: "Change role",
  changeOf: (name: string) => `Change role: ${name}`,
  give: "Give this role",
  given: "The role was changed.",
  remove: "Remove",
  removeOf: (name: string) => `Remove ${name}`,
  removeMore: "They are forgotten here, with their role. Should they open Stockbridge again, they begin as a viewer. To keep somebody out, take the app away from them in Shopify's settings.",
  removed: "Removed.",
  tied: "Whoever owns the Shopify account is an owner here.",
  table: "What each role may do",
  tableMore: "An owner may do everything. Streams and pages that are open follow at once.",
  permission: "Permission",
  may: (role: Role, permission: Permission) => `${roles[role]}: ${permissions[permission]}`,
  save: "Save",
  saved: "What roles may do was changed.",
};
