// A stand-in for App Bridge: the same global and the same behaviour towards the app, the simulated admin as its host.

(() => {
  const script = document.currentScript;
  const query = new URLSearchParams(location.search);
  const host = window.parent === window ? null : (location.ancestorOrigins?.[0] ?? null);
  const kept = JSON.parse(sessionStorage.getItem("simulated-bridge") ?? "{}");
  const meta = document.querySelector('meta[name="shopify-api-key"]')?.content;
  const config = {
    apiKey: script.dataset.apiKey ?? meta ?? "",
    host: query.get("host") ?? kept.host ?? "",
    shop: query.get("shop") ?? kept.shop ?? "",
    locale: query.get("locale") ?? kept.locale ?? "en",
  };
  sessionStorage.setItem("simulated-bridge", JSON.stringify(config));

  // --- messages to and from the host ---------------------------------------------------------------------------------
  const waiting = new Map();
  const hearers = new Map();
  let asked = 0;

  const tell = (name, more = {}) => { if (host) window.parent.postMessage({ simulated: name, ...more }, host); };
  const ask = (name, more = {}) => new Promise((answered) => {
    if (!host) return; // outside the admin nobody answers, as with the real one
    waiting.set((asked += 1), answered);
    tell(name, { ...more, asked });
  });
  const hear = (name, hearer) => hearers.set(name, hearer);

  window.addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || origin !== host || !data?.simulated) return;
    if (data.simulated === "answer") { waiting.get(data.asked)?.(data.value); waiting.delete(data.asked); }
    else hearers.get(data.simulated)?.(data);
  });

  // --- the token, and the fetch that carries it ----------------------------------------------------------------------
  let token = null;
  const expiry = (jwt) => JSON.parse(atob(jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).exp * 1000;
  async function idToken(fresh = false) {
    if (fresh || !token || expiry(token) - Date.now() < 2000) token = await ask("id-token");
    return token;
  }

  const plainFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== location.origin || request.headers.has("Authorization") || !host) return plainFetch(request);
    const send = async (fresh) => {
      const copy = request.clone();
      copy.headers.set("Authorization", `Bearer ${await idToken(fresh)}`);
      return plainFetch(copy);
    };
    const answer = await send(false);
    const stale = answer.status === 401 && answer.headers.get("X-Shopify-Retry-Invalid-Session-Request") === "1";
    return stale ? send(true) : answer;
  };

  const reload = query.get("shopify-reload");
  if (reload && host) {
    ask("id-token").then((fresh) => {
      const target = new URL(reload, location.origin);
      target.searchParams.set("id_token", fresh);
      if (target.origin === location.origin) location.replace(target);
    });
  }

  // --- toasts, loading, dialogues ------------------------------------------------------------------------------------
  let toasts = 0;
  const actions = new Map();
  const toast = {
    show(message, options = {}) {
      const id = `toast-${(toasts += 1)}`;
      actions.set(id, options);
      tell("toast", { id, message, isError: Boolean(options.isError), action: options.action, duration: options.duration ?? 5000 });
      return id;
    },
    hide: (id) => tell("toast-hide", { id }),
  };
  hear("toast-action", ({ id }) => actions.get(id)?.onAction?.());
  hear("toast-gone", ({ id }) => { actions.get(id)?.onDismiss?.(); actions.delete(id); });

  const named = (id) => document.getElementById(id);
  const modal = {
    show: async (id) => named(id)?.showOverlay?.(),
    hide: async (id) => named(id)?.hideOverlay?.(),
    toggle: async (id) => named(id)?.toggleOverlay?.(),
  };

  // --- the save bar of a <form data-save-bar> ------------------------------------------------------------------------
  const starts = new WeakMap();
  const submitted = new WeakMap();
  let open = null;
  const written = (form) => JSON.stringify([...new FormData(form)]);
  const bar = (form) => { if (form !== open) { open = form; tell("save-bar", { open: Boolean(form) }); } };
  const formOf = (event) => event.composedPath().find((at) => at.matches?.("form[data-save-bar]"));
  document.addEventListener("focusin", (event) => {
    const form = formOf(event);
    if (form && !starts.has(form)) starts.set(form, written(form));
  }, true);
  for (const name of ["input", "change"]) {
    document.addEventListener(name, (event) => {
      const form = formOf(event);
      // What a field says on losing the focus may come after the form was submitted by that very click.
      if (form) setTimeout(() => bar(written(form) === (starts.get(form) ?? submitted.get(form)) ? null : form));
    });
  }
  document.addEventListener("submit", ({ target }) => { submitted.set(target, written(target)); starts.delete(target); bar(null); });
  document.addEventListener("reset", ({ target }) => { submitted.delete(target); starts.delete(target); bar(null); });
  hear("save", () => open?.requestSubmit());
  hear("discard", () => open?.reset());
  const saveBar = {
    show: async () => tell("save-bar", { open: true }),
    hide: async () => bar(null),
    toggle: async () => tell("save-bar", { open: !open }),
    // Resolves when nothing is unsaved or the person leaves all the same; who stays never hears of it again.
    async leaveConfirmation() {
      if (!open) return;
      const form = open;
      if (!(await ask("leave"))) await new Promise(() => undefined);
      form.reset();
      bar(null);
    },
  };

  // --- title, address, menu ------------------------------------------------------------------------------------------
  // What the admin put into the address is not the app's own.
  const OWN = ["embedded", "host", "id_token", "locale", "session", "shop", "timestamp", "hmac"];
  function here() {
    const rest = new URLSearchParams(location.search);
    OWN.forEach((name) => rest.delete(name));
    return location.pathname + (rest.size ? `?${rest}` : "") + location.hash;
  }
  const shown = () => tell("here", { path: here(), title: document.querySelector("s-page")?.heading || document.title, menu: menu() });
  function menu() {
    const links = [...document.querySelectorAll("s-app-nav > *, ui-nav-menu > *")];
    return links.filter((link) => link.getAttribute("rel") !== "home")
      .map((link) => ({ href: link.getAttribute("href"), label: link.textContent.trim() }));
  }
  for (const name of ["pushState", "replaceState"]) {
    const plain = history[name].bind(history);
    history[name] = (...more) => { plain(...more); shown(); };
  }
  window.addEventListener("popstate", shown);
  let due = 0;
  const gone = () => { if (open && !open.isConnected) bar(null); };
  const soon = () => { clearTimeout(due); due = setTimeout(() => { gone(); shown(); }, 60); };
  new MutationObserver(soon).observe(document, { childList: true, subtree: true, characterData: true });
  document.addEventListener("DOMContentLoaded", shown);

  const internal = (href) => href && new URL(href, location.href).origin === location.origin;
  function navigate(from, href) {
    const link = from ?? document.createElement("a");
    if (!from) { link.setAttribute("href", href); link.hidden = true; document.body.append(link); }
    link.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true, composed: true }));
    if (!from) link.remove();
  }
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.composedPath().find((at) => at.localName?.startsWith("s-") && (at.href || at.getAttribute("href")));
    const href = link && (link.getAttribute("href") || link.href);
    if (!link || !internal(href) || link.target === "_blank" || link.download) return;
    event.preventDefault();
    link.setAttribute("href", href);
    navigate(link, href);
  });
  hear("go", ({ path }) => navigate(null, path));

  const style = document.createElement("style");
  style.textContent = "s-app-nav, ui-nav-menu, ui-title-bar { display: none }";
  document.head.append(style);

  window.shopify = {
    config,
    origin: host ?? location.origin,
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: Boolean(host), pos: false, intent: false },
    idToken: () => idToken(),
    user: async () => ({ accountAccess: "FULL", id: 1 }),
    loading: (on = true) => tell("loading", { on: Boolean(on) }),
    toast, modal, saveBar,
    webVitals: { onReport: () => undefined },
    simulated: true,
  };
})();
