// What is said of several shops in one organisation: fetched with their view.
import type { ShopState } from "../api/typed";

const states: Record<ShopState, string> = {
  INSTALLED: "Installed",
  UNINSTALLED: "Uninstalled",
  FROZEN: "Frozen by Shopify",
  SIGNED_OUT: "Signed out",
};

export const shops = {
  heading: "Shops",
  list: "Shops of this organisation",
  listMore: "Their connections, problems, team and audit log are seen together, whichever shop Stockbridge is opened in.",
  shop: "Shop",
  here: "You are here",
  state: "State",
  states,
  since: "Installed since",
  joined: "Connections",
  invite: "Bring another shop in",
  inviteMore: "Make a code here, and enter it on this same page in the other shop. It counts for one shop and a quarter of an hour; a newer code ends it.",
  inviteCare: "Give it to nobody but yourself or a colleague: whoever owns the Shopify account of the shop that joins is an owner here too, and sees everything.",
  make: "Make a code",
  made: (until: string) => `The code, good for one shop until ${until}`,
  once: "Copy it now: it is shown this once, and kept by nobody.",
  code: "Code",
  enter: "Take this shop into another organisation",
  enterMore: "With a code from there, this shop joins it as it stands. Everybody of this shop's staff begins there as a viewer, but for whoever owns its Shopify account.",
  ends: "What this organisation has by itself ends then: roles, API tokens, alerts and the audit log.",
  stays: (left: number) => `This organisation goes on with the ${left === 1 ? "other shop" : `${left} other shops`}.`,
  practice: "The practice connection of this shop ends too, with its orders.",
  typed: "Code from the other organisation",
  typedMore: "Four groups of five letters.",
  join: "Join",
  joinHeading: "Take this shop into the other organisation?",
  joinMore: "This can't be taken back from here: another organisation would have to make a code for the shop again.",
  went: (organisation: string) => `This shop belongs to ${organisation} now.`,
  connected: "Only a shop without connections can join another organisation.",
  connectedMore: "Connections that were never live can be removed. A shop that was live stays on its own: what its ERP was sent hangs on it.",
  connections: "Look at the connections",
};
