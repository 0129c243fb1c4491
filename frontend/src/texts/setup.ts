// What the guided first hour of a connection says.
import type { SetupStepKey, SkuFault } from "../api/typed";

const steps: Record<SetupStepKey, { name: string; more: string }> = {
  CONNECT: { name: "Connect your ERP", more: "Fill in where it answers. It is asked before anything is kept." },
  MAP: { name: "Say what your ERP calls things", more: "Locations, payments, shipping and taxes of your shop, beside the codes of your ERP." },
  FLOWS: { name: "Choose what is kept in step", more: "Orders are always sent. Say of everything else whether it is carried." },
  SKUS: { name: "Compare the SKUs", more: "A SKU that one side lacks or writes differently is the usual first cause of an order that can't be sent." },
  DRY_RUN: { name: "Try a real order", more: "You see exactly what your ERP would be told. Nothing is written." },
  GO_LIVE: { name: "Go live", more: "From the cut-over on, new orders are sent." },
};

const tables: Record<string, string> = {
  locations: "Locations",
  payments: "Payments",
  shipping: "Shipping",
  taxes: "Taxes",
};

const faults: Record<SkuFault, string> = {
  BLANK_IN_STORE: "Shop items without a SKU",
  BLANK_IN_HOST: "ERP items without a SKU",
  DUPLICATE_IN_STORE: "Twice in the shop",
  DUPLICATE_IN_HOST: "Twice in the ERP",
  CASE: "Written in other capitals",
  MISSING_IN_STORE: "Only in the ERP",
  MISSING_IN_HOST: "Only in the shop",
};

export const setup = {
  heading: "Set up",
  steps,
  tables,
  faults,
  checklist: "Steps",
  progress: (done: number, all: number) => `${done} of ${all} done`,
  done: "Done",
  todo: "To do",
  look: (count: number) => (count === 1 ? "1 to look at" : `${count} to look at`),
  next: "Continue",
  later: (names: string) => `Left for later: ${names}.`,
  allMore: "Orders are sent by themselves from now on. What needs you stands on the overview.",
  overview: "Go to the overview",
  connectedMore: "It answered when it was connected. Its address and key can be changed.",
  change: "Change the access",
  saved: "Saved",
  save: "Save",
  anything: "Anything else",
  rest: (table: string) => `${table}: anything else`,
  restMore: (table: string) =>
    table === "locations" ? "Used for locations without a code of their own." : "Used for whatever has no code of its own. Without it, such an order waits for you.",
  named: (orders: number) => (orders === 0 ? "" : orders === 1 ? "In 1 recent order" : `In ${orders} recent orders`),
  looked: (orders: number) =>
    orders === 0
      ? "There were no orders in the last 7 days to read names from, so a code for anything else is all that can be entered here."
      : `Read from your locations and from ${orders === 1 ? "1 order" : `${orders} orders`} of the last 7 days.`,
  proposed: "Proposed, because your ERP calls it the same. Save to keep it.",
  mapped: "Your ERP's names are saved",
  more: "All tables and rules",
  always: "Always sent",
  chosen: "Your choice is saved",
  owner: { STORE: "The shop's copy counts.", HOST: "The ERP's copy counts.", EITHER: "Whoever changed it last counts." },
  carried: {
    ORDERS: "Every paid order becomes one document in the ERP.",
    REFUNDS: "Refunds and returns become credits in the ERP.",
    CUSTOMERS: "Customers and their addresses, both ways.",
    PRODUCTS: "The ERP's products appear in the shop.",
    PRICES: "The ERP's prices are written to the shop, after you approved the first plan.",
    INVENTORY: "The ERP's stock is written to the shop, after you approved the first plan.",
    FULFILLMENTS: "What leaves the ERP's warehouse is fulfilled in the shop, with its tracking.",
  },
  read: "Read both sides",
  again: "Read again",
  going: (items: number, products: number) => `Reading: ${items} of the shop and ${products} of the ERP so far`,
  fits: "All SKUs fit",
  fitsMore: "Each is there once on both sides and written alike.",
  fault: "What is wrong",
  shop: "In the shop",
  erp: "In the ERP",
  times: (count: number) => (count > 1 ? ` (${count} times)` : ""),
  some: "The first 50 SKUs are looked through here. The whole list is in the product report.",
  order: "Order",
  pick: "Choose an order",
  noOrders: "No orders in the last 7 days",
  noOrdersMore: "Place a test order in your shop, or go live: the first order is sent like every other one.",
  try: "Try it",
  good: (name: string) => `${name} would be sent`,
  bad: (name: string) => `${name} would not be sent`,
  told: "What the ERP would be told",
  unread: "Nothing could be tried",
  undone: (names: string) => `Not done yet: ${names}. You may go live all the same; what lacks something waits for you.`,
  practice: {
    heading: "Practise first",
    more: "A demo ERP of ours beside your real shop: its orders are read, and nothing is ever written to your shop or to an ERP of yours.",
    start: "Start practising",
    started: "You can practise now",
    badge: "Practice",
    banner: "This connection is for practice",
    bannerMore: "Nothing is ever written to your shop. The demo ERP forgets everything after four weeks.",
    faults: "Let calls of the demo ERP fail now and then",
    faultsMore: "Orders are then tried again by themselves, and none is lost or sent twice.",
  },
  writes: {
    label: "No outgoing writes",
    more: "While this is on, nothing is written to your shop or your ERP. What would be sent waits, and goes on when it is off.",
    on: "Nothing is written any more",
    off: "Writing is on again; what waited goes on",
  },
} as const;
