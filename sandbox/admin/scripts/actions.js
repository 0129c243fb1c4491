// What can be pressed: buttons, links, chips, menus, popovers and dialogues.

function pressable(element, inner) {
  const link = element.href && !element.disabled;
  inner.setAttribute(link ? "href" : "type", link ? element.href : "button");
  if (link && element.target === "_blank") { inner.target = "_blank"; inner.rel = "noopener"; }
  if (element.accessibilityLabel) inner.setAttribute("aria-label", element.accessibilityLabel);
}

function drawPressable(element, tagFor) {
  const tag = tagFor(element);
  let inner = element.part_("press");
  if (inner.localName !== tag) {
    const made = document.createElement(tag);
    made.setAttribute("part", "press");
    made.append(...inner.childNodes);
    inner.replaceWith(made);
    inner = made;
  }
  pressable(element, inner);
  return inner;
}

function act(element, event) {
  if (element.disabled || element.loading) { event.stopImmediatePropagation(); event.preventDefault(); return; }
  const form = element.closest("form");
  if (element.type === "submit") form?.requestSubmit();
  if (element.type === "reset") form?.reset();
  const target = element.commandFor && element.getRootNode().getElementById(element.commandFor);
  if (target) obey(target, element.command);
}

function obey(target, command) {
  if (command === "--hide") target.hideOverlay?.();
  else if (command === "--show") target.showOverlay?.();
  else target.toggleOverlay?.();
}

view("s-button s-press-button", {
  focuses: true,
  html: () => '<button part="press" type="button"><span part="spin" hidden></span><span part="icon" hidden></span><slot></slot></button>',
  on: (element) => element.addEventListener("click", (event) => act(element, event), { capture: true }),
  sync(element) {
    const inner = drawPressable(element, (e) => (e.href ? "a" : "button"));
    inner.className = `button ${element.variant} ${element.tone} ${element.inlineSize === "fill" ? "fill" : ""}`;
    if (inner.localName === "button") inner.disabled = element.disabled;
    if (element.loading) inner.setAttribute("aria-busy", "true"); else inner.removeAttribute("aria-busy");
    element.part_("spin").hidden = !element.loading;
    drawIcon(element.part_("icon"), element.icon);
    if ("pressed" in element.surface.properties) inner.setAttribute("aria-pressed", String(element.pressed));
  },
});

view("s-link", {
  focuses: true,
  html: () => '<a part="press" class="link"><slot></slot></a>',
  on: (element) => element.addEventListener("click", (event) => act(element, event), { capture: true }),
  sync(element) {
    const inner = drawPressable(element, (e) => (e.href ? "a" : "button"));
    inner.className = `link ${element.tone}`;
  },
});

view("s-clickable s-clickable-chip", {
  focuses: true,
  html: () => '<button part="press"><slot name="graphic"></slot><slot></slot></button>',
  on: (element) => element.addEventListener("click", (event) => act(element, event), { capture: true }),
  sync(element) {
    const inner = drawPressable(element, (e) => (e.href ? "a" : "button"));
    inner.className = element.localName === "s-clickable" ? "clickable" : "chip";
    if (element.localName === "s-clickable") boxed(element, inner);
    if (inner.localName === "button") inner.disabled = element.disabled;
  },
});

view("s-chip", {
  html: () => '<span class="chip"><slot name="graphic"></slot><slot></slot><button part="away" hidden>×</button></span>',
  on(element) {
    element.part_("away").addEventListener("click", () => element.say("remove"));
  },
  sync(element) {
    element.part_("away").hidden = !element.removable;
    element.part_("away").setAttribute("aria-label", `Remove ${element.textContent.trim()}`);
  },
});

view("s-button-group", {
  html: () => '<div part="group" role="group"><slot name="secondary-actions"></slot><slot></slot><slot name="primary-action"></slot></div>',
  sync: (element) => element.part_("group").setAttribute("aria-label", element.accessibilityLabel || "Actions"),
});

function opened(element, open) {
  const dialog = element.part_("dialog");
  if (dialog.open === open) return;
  element.say(open ? "show" : "hide", { bubbles: false });
  if (open) element.localName === "s-modal" ? dialog.showModal() : dialog.show();
  else dialog.close();
  element.say(open ? "aftershow" : "afterhide", { bubbles: false });
}

const overlay = {
  showOverlay: (element) => opened(element, true),
  hideOverlay: (element) => opened(element, false),
  toggleOverlay: (element) => opened(element, !element.part_("dialog").open),
};

view("s-modal", {
  methods: overlay,
  html: () => `<dialog part="dialog" aria-labelledby="title"><header part="bar"><h2 id="title" part="heading"></h2><span class="push"></span>
    <button part="close" class="button tertiary" aria-label="Close">×</button></header><div part="content"><slot></slot></div>
    <footer part="footer"><slot name="secondary-actions"></slot><slot name="primary-action"></slot></footer></dialog>`,
  on(element) {
    element.part_("close").addEventListener("click", () => opened(element, false));
    element.part_("dialog").addEventListener("cancel", (event) => { event.preventDefault(); opened(element, false); });
  },
  sync(element) {
    element.part_("heading").textContent = element.heading;
    element.part_("dialog").className = element.size;
  },
});

view("s-popover s-menu", {
  methods: overlay,
  html: () => '<dialog part="dialog" class="popover"><slot></slot></dialog>',
  on(element) {
    document.addEventListener("click", (event) => {
      const own = event.composedPath().some((at) => at === element || at.commandFor === element.id);
      if (!own) opened(element, false);
    });
  },
  sync: (element) => element.part_("dialog").setAttribute("aria-label", element.accessibilityLabel || "Menu"),
});
