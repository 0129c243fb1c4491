// Pages, sections, stacks, grids, boxes and words.

const SPACES = {
  none: 0, "small-500": 1, "small-400": 2, "small-300": 4, "small-200": 6, "small-100": 8, small: 8, base: 16,
  large: 24, "large-100": 24, "large-200": 28, "large-300": 32, "large-400": 40, "large-500": 48,
};
const space = (words) => String(words || "none").split(" ").map((word) => `${SPACES[word] ?? 0}px`).join(" ");
const size = (value) => (!value || value === "auto" || value === "none" ? "" : value);
const COLOURS = { subdued: "var(--s-subdued)", base: "var(--s-surface)", strong: "var(--s-strong)", transparent: "transparent" };
const RADII = { none: "0", "small-200": "2px", "small-100": "4px", small: "6px", base: "8px", large: "12px", max: "999px" };
const TONES = {
  info: "var(--s-info-text)", success: "var(--s-success-text)", warning: "var(--s-warning-text)",
  caution: "var(--s-caution-text)", critical: "var(--s-critical-text)",
};

// What an HTML host makes of the manifest's words.
const ROLES = {
  section: "region", header: "banner", footer: "contentinfo", aside: "complementary", "list-item": "listitem",
  "list-item-separator": "separator", "unordered-list": "list", "ordered-list": "list",
};

function boxed(element, box) {
  const style = box.style;
  style.background = COLOURS[element.background] ?? "";
  style.padding = space(element.padding);
  for (const side of ["Block", "Inline"]) {
    if (element[`padding${side}`]) style[`padding${side}`] = space(element[`padding${side}`]);
    for (const end of ["Start", "End"]) {
      const name = `padding${side}${end}`;
      if (element[name]) style[name] = space(element[name]);
    }
  }
  const [width] = String(element.border || "").split(" ");
  style.border = width && width !== "none" ? "1px solid var(--s-border)" : "";
  style.borderRadius = RADII[element.borderRadius] ?? "";
  for (const name of ["blockSize", "inlineSize", "minBlockSize", "minInlineSize", "maxBlockSize", "maxInlineSize", "overflow"]) {
    style[name] = size(element[name]);
  }
  element.style.display = element.display === "none" ? "none" : "";
  const role = ROLES[element.accessibilityRole] ?? element.accessibilityRole;
  if (role && !["generic", "none"].includes(role)) box.setAttribute("role", role);
  if (element.accessibilityLabel && role) box.setAttribute("aria-label", element.accessibilityLabel);
}

view("s-box s-grid-item s-scroll-box s-query-container", {
  html: () => '<div part="box"><slot></slot></div>',
  sync(element) {
    boxed(element, element.part_("box"));
    if (element.gridColumn) element.style.gridColumn = element.gridColumn;
    if (element.localName === "s-query-container") element.style.containerType = "inline-size";
  },
});

view("s-stack", {
  html: () => '<div part="box" class="stack"><slot></slot></div>',
  sync(element) {
    const box = element.part_("box");
    boxed(element, box);
    box.classList.toggle("inline", element.direction === "inline");
    box.style.gap = `${space(element.rowGap || element.gap)} ${space(element.columnGap || element.gap)}`;
    box.style.alignItems = element.alignItems === "normal" ? "" : element.alignItems;
    box.style.justifyContent = element.justifyContent === "normal" ? "" : element.justifyContent;
  },
});

// `@container (inline-size > 500px) a, b`: the first where the container is wide enough, else the second.
function columns(element) {
  const found = /^@container\s*\(inline-size\s*>=?\s*(\d+)px\)\s*([^,]+(?:\([^)]*\)[^,]*)*),\s*(.+)$/.exec(element.gridTemplateColumns);
  if (!found) return element.gridTemplateColumns || "none";
  const around = element.closest("s-query-container") ?? document.documentElement;
  return around.clientWidth > Number(found[1]) ? found[2] : found[3];
}

const watched = new Set();
window.addEventListener("resize", () => watched.forEach((element) => element.drawNow()));

view("s-grid", {
  html: () => '<div part="box" class="grid"><slot></slot></div>',
  sync(element) {
    const box = element.part_("box");
    boxed(element, box);
    box.style.gap = `${space(element.rowGap || element.gap)} ${space(element.columnGap || element.gap)}`;
    box.style.gridTemplateColumns = columns(element);
    box.style.alignItems = element.alignItems === "normal" ? "" : element.alignItems;
    box.style.justifyContent = element.justifyContent === "normal" ? "" : element.justifyContent;
  },
  enter: (element) => watched.add(element),
  leave: (element) => watched.delete(element),
});

view("s-page", {
  html: () => `<div part="page"><header part="bar"><slot name="breadcrumb-actions"></slot><h1 part="heading"></h1>
    <span class="push"></span><slot name="secondary-actions"></slot><slot name="primary-action"></slot></header>
    <slot name="supplemental-start"></slot><div part="columns"><main part="main"><slot></slot></main>
    <div part="aside"><slot name="aside"></slot></div></div></div>`,
  on(element) {
    const aside = element.root.querySelector("slot[name=aside]");
    const shown = () => element.part_("columns").classList.toggle("two", aside.assignedElements().length > 0);
    aside.addEventListener("slotchange", shown);
  },
  sync(element) {
    element.part_("heading").textContent = element.heading;
    element.part_("page").className = element.inlineSize;
  },
});

view("s-section", {
  html: () => `<section part="section"><header part="bar"><slot name="graphic"></slot><div><h2 part="heading"></h2>
    <p part="subheading"></p></div><slot name="accessory"></slot><span class="push"></span>
    <slot name="secondary-actions"></slot><slot name="primary-action"></slot></header><slot></slot>
    <slot name="supplemental"></slot></section>`,
  sync(element) {
    const nested = element.parentElement?.closest("s-section");
    const section = element.part_("section");
    section.className = `${nested ? "inner" : "card"} ${element.padding}`;
    if (element.heading) section.setAttribute("aria-label", element.heading);
    else if (element.accessibilityLabel) section.setAttribute("aria-label", element.accessibilityLabel);
    const heading = element.part_("heading");
    heading.textContent = element.heading;
    heading.setAttribute("aria-level", nested ? "3" : "2");
    heading.setAttribute("role", "heading");
    element.part_("subheading").textContent = element.subheading;
    element.part_("bar").hidden = !element.heading;
  },
});

view("s-heading", {
  html: () => '<div part="heading" role="heading" aria-level="3"><slot></slot></div>',
  sync(element) {
    let depth = 1;
    for (let at = element; (at = at.parentElement?.closest("s-section"));) depth += 1;
    element.part_("heading").setAttribute("aria-level", String(Math.min(depth + 1, 6)));
  },
});

function worded(element, box) {
  const exclusive = element.accessibilityVisibility === "exclusive";
  box.className = `${element.type ?? ""} ${exclusive ? "unseen" : ""} size-${element.fontSize ?? ""}`;
  box.style.color = element.color === "subdued" ? "var(--s-text-subdued)" : TONES[element.tone] ?? "";
  if (element.fontVariantNumeric === "tabular-nums") box.style.fontVariantNumeric = "tabular-nums";
  if (element.accessibilityVisibility === "hidden") box.setAttribute("aria-hidden", "true");
}

view("s-text s-number", {
  html: () => '<span part="words"><slot></slot></span>',
  sync: (element) => worded(element, element.part_("words")),
});
view("s-paragraph", {
  html: () => '<p part="words"><slot></slot></p>',
  sync: (element) => worded(element, element.part_("words")),
});
view("s-divider", { html: () => '<hr part="line">' });
view("s-unordered-list s-ordered-list", {
  html: (element) => (element.localName === "s-ordered-list" ? "<ol role=list><slot></slot></ol>" : "<ul role=list><slot></slot></ul>"),
});
view("s-list-item", {
  html: () => '<div part="item"><slot></slot></div>',
  on: (element) => element.setAttribute("role", "listitem"),
});
