// What the overview says of the day.
export const day = {
  heading: "The last 24 hours",
  orders: "Orders",
  settled: "In the ERP by now",
  stock: "Stock levels written",
  shipments: "Shipments",
  chart: (orders: number, settled: number) => `Orders by the hour over the last 24 hours: ${orders} in all, ${settled} of them in the ERP by now.`,
  hour: (at: string, orders: number, settled: number) => `${at}: ${orders} ${orders === 1 ? "order" : "orders"}, ${settled} in the ERP`,
  none: "No orders in the last 24 hours",
  runs: "Runs",
  flow: "What",
  connection: "Connection",
  last: "Last",
  next: "Next",
  running: "Now",
  stopped: "Stopped",
} as const;
