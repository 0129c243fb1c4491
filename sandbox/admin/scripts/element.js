// What every stand-in element shares: properties, attributes and events as the manifest names them, and drawing.
// `SURFACES` and `STYLES` are put in front of this file by the server.

const VIEWS = {};
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);
let lastId = 0;

/** Says how a tag is drawn: `html` once, `sync` whenever something changed, `on` when it enters the page. */
function view(tags, parts) {
  for (const tag of tags.split(" ")) VIEWS[tag] = parts;
}

function parsed(kind, text) {
  if (kind === "boolean") return text !== null && text !== "false";
  if (kind === "number") return text === null || text === "" ? undefined : Number(text);
  return text ?? undefined;
}

function fallback([kind, text], name) {
  if (kind === "boolean") return text === "true";
  if (kind === "number") return text === "" ? undefined : Number(text);
  return text || (name === "values" ? [] : "");
}

const first = (name) => `default${name[0].toUpperCase()}${name.slice(1)}`;

class SimulatedElement extends HTMLElement {
  #set = new Map();
  #drawn = false;
  #waiting = false;
  internals = this.attachInternals();
  root = this.attachShadow({ mode: "open", delegatesFocus: this.constructor.focuses });

  get surface() { return SURFACES[this.localName]; }
  get parts() { return VIEWS[this.localName] ?? VIEWS.plain; }
  part_(name) { return this.root.querySelector(`[part~=${name}]`); }

  read(name) {
    if (this.#set.has(name)) return this.#set.get(name);
    const start = first(name);
    if (start in this.surface.properties) return this.read(start);
    return fallback(this.surface.properties[name], name);
  }

  write(name, value) {
    if (this.#set.get(name) === value) return;
    if (value === undefined || value === null) this.#set.delete(name);
    else this.#set.set(name, value);
    // A form knows its fields by these two attributes alone.
    if (name === "name" && value) this.setAttribute("name", value);
    if (name === "disabled") this.toggleAttribute("disabled", Boolean(value));
    this.changed();
  }

  forget(name) { this.#set.delete(name); this.changed(); }

  attributeChangedCallback(attribute, _before, text) {
    for (const name of this.surface.attributes[attribute] ?? []) {
      // What every element of HTML has is kept the same by the browser: written again it would tell of itself for ever.
      if (name in HTMLElement.prototype) continue;
      // In HTML `value` and `checked` are where a field starts, not where it stands.
      if (first(name) in this.surface.properties && this.surface.attributes[attribute].length > 1) continue;
      this[name] = parsed(this.surface.properties[name]?.[0], text);
    }
  }

  connectedCallback() {
    if (!this.#drawn) {
      this.#drawn = true;
      this.root.adoptedStyleSheets = [sheet];
      this.root.innerHTML = this.parts.html(this);
      this.parts.on?.(this);
    }
    this.drawNow();
    this.parts.enter?.(this);
  }

  disconnectedCallback() { this.parts.leave?.(this); }
  formResetCallback() { this.parts.reset?.(this); }

  changed() {
    if (this.#waiting || !this.#drawn) return;
    this.#waiting = true;
    queueMicrotask(() => { this.#waiting = false; this.drawNow(); });
  }

  drawNow() { this.parts.sync?.(this); }

  /** Answers false when somebody prevented it. */
  say(name, more = {}) {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, cancelable: true, ...more }));
  }
}

function property(kind, name) {
  return {
    configurable: true,
    enumerable: true,
    get() { return this.read(name); },
    set(value) { this.write(name, kind === "boolean" ? Boolean(value) && value !== "false" : value); },
  };
}

/** `onnextpage` and its like: a framework looks for them to learn how the event is called. */
function handler(event) {
  const held = new WeakMap();
  return {
    configurable: true,
    get() { return held.get(this) ?? null; },
    set(listener) {
      if (held.has(this)) this.removeEventListener(event, held.get(this));
      if (typeof listener === "function") { held.set(this, listener); this.addEventListener(event, listener); }
      else held.delete(this);
    },
  };
}

function define(tag, surface) {
  const made = class extends SimulatedElement {
    static formAssociated = surface.form;
    static focuses = Boolean((VIEWS[tag] ?? VIEWS.plain).focuses);
    static observedAttributes = Object.keys(surface.attributes);
  };
  for (const [name, [kind]] of Object.entries(surface.properties)) {
    if (!(name in HTMLElement.prototype)) Object.defineProperty(made.prototype, name, property(kind, name));
  }
  for (const event of surface.events) {
    if (!(`on${event}` in HTMLElement.prototype)) Object.defineProperty(made.prototype, `on${event}`, handler(event));
  }
  for (const [name, method] of Object.entries((VIEWS[tag] ?? VIEWS.plain).methods ?? {})) {
    Object.defineProperty(made.prototype, name, { configurable: true, value() { return method(this); } });
  }
  customElements.define(tag, made);
}

function text(value) {
  const holder = document.createElement("span");
  holder.textContent = value ?? "";
  return holder.innerHTML.replaceAll('"', "&quot;");
}

view("plain", { html: () => "<slot></slot>" });
