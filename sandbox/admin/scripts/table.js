// Tables: cells in columns where there is room, a list of labelled values where there is none.

const NARROW = 520;

view("s-table", {
  html: () => `<div part="frame"><div part="filters"><slot name="filters"></slot></div><div part="scroll"><div part="table" role="table"><slot></slot></div></div>
    <div part="pager" hidden><button part="previous" class="button" aria-label="Previous page">‹</button>
    <button part="next" class="button" aria-label="Next page">›</button></div></div>`,
  on(element) {
    element.part_("previous").addEventListener("click", () => element.say("previouspage", { bubbles: false }));
    element.part_("next").addEventListener("click", () => element.say("nextpage", { bubbles: false }));
    new ResizeObserver(() => element.changed()).observe(element);
    new MutationObserver(() => element.changed()).observe(element, { childList: true, subtree: true });
  },
  sync(element) {
    const list = element.clientWidth > 0 && element.clientWidth < NARROW && element.variant !== "table";
    element.part_("frame").classList.toggle("list", list);
    element.part_("frame").classList.toggle("busy", element.loading);
    if (element.loading) element.part_("table").setAttribute("aria-busy", "true");
    else element.part_("table").removeAttribute("aria-busy");
    element.part_("pager").hidden = !element.paginate;
    element.part_("previous").disabled = !element.hasPreviousPage || element.loading;
    element.part_("next").disabled = !element.hasNextPage || element.loading;
    const headers = [...element.querySelectorAll("s-table-header")];
    for (const row of element.querySelectorAll("s-table-row, s-table-header-row")) row.toggleAttribute("data-list", list);
    for (const row of element.querySelectorAll("s-table-row")) {
      [...row.querySelectorAll("s-table-cell")].forEach((cell, at) => cell.place(headers[at], list));
    }
  },
});

function roled(role) {
  return { html: () => "<slot></slot>", on: (element) => element.setAttribute("role", role) };
}
view("s-table-body", roled("rowgroup"));
view("s-table-header-row", roled("row"));

view("s-table-header", {
  html: () => "<slot></slot>",
  on: (element) => element.setAttribute("role", "columnheader"),
  sync: (element) => element.toggleAttribute("data-right", ["numeric", "currency"].includes(element.format)),
});

view("s-table-row", {
  html: () => "<slot></slot>",
  on(element) {
    element.setAttribute("role", "row");
    element.addEventListener("click", (event) => {
      const own = event.composedPath().some((at) => at.localName === "a" || at.localName === "button");
      const target = element.clickDelegate && element.getRootNode().getElementById(element.clickDelegate);
      if (target && !own) (target.part_?.("press") ?? target).click();
    });
  },
  sync: (element) => element.toggleAttribute("data-pressable", Boolean(element.clickDelegate)),
});

view("s-table-cell", {
  html: () => '<span part="key" aria-hidden="true"></span><span part="value"><slot></slot></span>',
  on: (element) => element.setAttribute("role", "cell"),
});
SimulatedElement.prototype.place = function (header, list) {
  this.toggleAttribute("data-right", Boolean(header?.hasAttribute("data-right")) && !list);
  this.toggleAttribute("data-list", list);
  this.setAttribute("data-slot", header?.listSlot || "labeled");
  const key = this.part_("key");
  if (key) key.textContent = list && header ? header.textContent : "";
};
