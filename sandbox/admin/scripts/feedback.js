// What tells: banners, badges, icons, progress, empty pages, hints.

// A few strokes of our own; a name that is not among them shows a ring.
const STROKES = {
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3Zm4.5 10.5L17 17", refresh: "M16 5v4h-4M4 15v-4h4M5.5 8a5 5 0 0 1 9-1M14.5 12a5 5 0 0 1-9 1",
  "check-circle": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm-3 7 2.2 2.2L13 8", "alert-triangle": "M10 4 3 16h14L10 4Zm0 5v3m0 2v.5",
  "alert-circle": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 4v4m0 2v.5", info: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 6v4m0-6.5V7",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm0 3v4l3 2", connect: "M8 12l4-4M7 9 5 11a2.8 2.8 0 0 0 4 4l2-2m2-2 2-2a2.8 2.8 0 0 0-4-4L9 7",
  "arrow-left": "M16 10H4m5-5-5 5 5 5", "arrow-up": "M10 16V4m-5 5 5-5 5 5", "arrow-down": "M10 4v12m-5-5 5 5 5-5", plus: "M10 4v12M4 10h12",
  delete: "M4 6h12M8 6V4h4v2M6 6l.8 10h6.4L14 6M9 9v4m2-4v4", "chevron-right": "m8 5 5 5-5 5", play: "M7 5v10l8-5-8-5Z", x: "m5 5 10 10M15 5 5 15",
};

function drawIcon(holder, name) {
  holder.hidden = !name;
  if (!name) return;
  const path = STROKES[name] ?? "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z";
  holder.innerHTML = `<svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${path}"/></svg>`;
}

view("s-icon", {
  html: () => '<span part="icon"></span>',
  sync(element) {
    drawIcon(element.part_("icon"), element.type || "info");
    element.part_("icon").style.color = element.color === "subdued" ? "var(--s-text-subdued)" : TONES[element.tone] ?? "";
  },
});

view("s-badge", {
  html: () => '<span part="badge"><span part="icon" hidden></span><slot></slot></span>',
  sync(element) {
    element.part_("badge").className = `badge ${element.tone} ${element.color}`;
    drawIcon(element.part_("icon"), element.icon);
  },
});

const BANNER_ICONS = { success: "check-circle", warning: "alert-triangle", critical: "alert-circle" };

view("s-banner", {
  html: () => `<div part="banner"><header part="bar"><span part="icon"></span><div part="heading"></div><span class="push"></span>
    <button part="away" class="button tertiary" aria-label="Dismiss" hidden>×</button></header><div part="content"><slot></slot>
    <div part="actions"><slot name="secondary-actions"></slot></div></div></div>`,
  on(element) {
    // A heading alone has no empty room below it.
    const content = element.part_("content");
    const look = () => (content.style.display = element.childElementCount ? "" : "none");
    content.addEventListener("slotchange", look);
    look();
    element.part_("away").addEventListener("click", () => {
      element.say("dismiss", { bubbles: false });
      element.hidden = true;
      element.say("afterhide", { bubbles: false });
    });
  },
  sync(element) {
    const banner = element.part_("banner");
    banner.className = `banner ${element.tone}`;
    banner.setAttribute("role", element.tone === "critical" ? "alert" : "status");
    element.part_("heading").textContent = element.heading;
    drawIcon(element.part_("icon"), BANNER_ICONS[element.tone] ?? "info");
    element.part_("away").hidden = !element.dismissible;
  },
});

view("s-spinner", {
  html: () => '<span part="spinner" role="img"></span>',
  sync(element) {
    element.part_("spinner").className = element.size;
    element.part_("spinner").setAttribute("aria-label", element.accessibilityLabel || "Loading");
  },
});

view("s-progress", {
  html: () => '<div part="progress" role="progressbar" aria-valuemin="0"><span part="done"></span></div>',
  sync(element) {
    const bar = element.part_("progress");
    const most = element.max || 1;
    bar.setAttribute("aria-label", element.accessibilityLabel || "Progress");
    bar.setAttribute("aria-valuemax", String(most));
    if (element.value === undefined) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(element.value));
    element.part_("done").style.inlineSize = `${Math.min(100, (100 * (element.value ?? 0)) / most)}%`;
  },
});

view("s-empty-state", {
  html: () => `<div part="empty"><slot name="graphic"></slot><h2 part="heading"></h2><p part="subheading"><slot name="subheading"></slot></p>
    <div part="actions"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></div></div>`,
  sync: (element) => { element.part_("heading").textContent = element.heading; },
});

view("s-tooltip", { html: () => '<span part="tip" role="tooltip"><slot></slot></span>' });
view("s-option s-option-group", { html: () => "" });
view("s-avatar", {
  html: () => '<span part="avatar" role="img"></span>',
  sync(element) {
    element.part_("avatar").textContent = (element.initials || "").slice(0, 2);
    element.part_("avatar").setAttribute("aria-label", element.alt || element.initials || "Avatar");
  },
});
view("s-image s-thumbnail", {
  html: () => '<img part="image" alt="">',
  sync(element) {
    element.part_("image").alt = element.alt ?? "";
    if (element.src) element.part_("image").src = element.src;
  },
});

for (const [tag, surface] of Object.entries(SURFACES)) define(tag, surface);
document.documentElement.dataset.polaris = "simulated";
