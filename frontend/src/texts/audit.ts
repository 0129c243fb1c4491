// What is said of the audit log: fetched with its view.

/** An action that is not here is shown as the log has it. */
const actions: Record<string, string> = {
  "access.denied": "Was refused",
  "alert.recipient_add": "Added somebody to be told",
  "alert.recipient_remove": "Took somebody off the alerts",
  "alert.settings": "Changed the alerts",
  "alert.template": "Changed an alert's words",
  "alert.test": "Tried an alert",
  "backfill.approve": "Approved a back-fill",
  "backfill.start": "Started a back-fill",
  "connection.create": "Made a connection",
  "connection.go_live": "Went live",
  "connection.pause": "Paused a connection",
  "connection.resume": "Resumed a connection",
  "connection.update": "Changed a connection",
  "event.replay": "Replayed events",
  "flow.resume": "Resumed a flow",
  "flow.stop": "Stopped a flow",
  "mapping.import": "Imported a table",
  "mapping.map": "Mapped a value",
  "mapping.what_if": "Started a what-if",
  "member.remove": "Removed a member",
  "member.role": "Gave a role",
  "order.retry": "Retried orders",
  "order.sync": "Had an order read",
  "permissions.set": "Changed what a role may",
  "price.approve": "Approved prices",
  "price.plan": "Planned prices",
  "problem.retry": "Retried a problem",
  "rates.enter": "Entered rates",
  "reconciliation.heal": "Had differences mended",
  "run.start": "Started a run",
  "run.stop": "Stopped a run",
  "shop.join": "Took a shop in",
  "shop.join_code": "Made a code for a shop",
  "shop.join_tried": "Entered a code for a shop",
  "stock.approve": "Approved stock",
  "stock.plan": "Planned stock",
  "stock.push": "Pushed stock",
  "stock.settings": "Changed the stock settings",
  "token.create": "Made a token",
  "token.revoke": "Revoked a token",
};

export const audit = {
  heading: "Audit log",
  more: "Who changed what, and when. Nothing here is ever altered.",
  who: "Who",
  what: "What",
  when: "When",
  facts: "Particulars",
  since: "From",
  until: "To",
  anybody: "Anybody",
  anything: "Anything",
  filters: "What to show",
  empty: "Nothing was changed yet",
  nothing: "Nothing of that kind",
  nothingMore: "Choose another person, another kind, or another time.",
  clear: "Show everything",
  action: (name: string) => actions[name] ?? name,
  actor: (actor: string) => {
    if (actor.startsWith("staff:")) return `Staff member ${actor.slice(6)}`;
    if (actor.startsWith("token:")) return "A token that is gone";
    if (actor.startsWith("feed:")) return `The feed of ${actor.slice(5)}`;
    if (actor === "shopify") return "Shopify";
    if (actor === "cli" || actor === "command line") return "The command line";
    return actor;
  },
};
