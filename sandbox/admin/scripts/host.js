// The simulated admin: frames the app, answers its App Bridge, and shows what a host shows around an app.

const place = JSON.parse(document.getElementById("place").textContent);
const frame = document.getElementById("app");
const find = (id) => document.getElementById(id);
const tell = (name, more = {}) => frame.contentWindow.postMessage({ simulated: name, ...more }, place.origin);
const base = `${place.admin}/apps/stockbridge`;

async function idToken() {
  const answer = await fetch(`${place.admin}/id-token`, { method: "POST" });
  return (await answer.json()).id_token;
}

function marked(address) {
  const [path] = address.split(/[?#]/);
  for (const link of find("menu").children) {
    const own = link.dataset.path;
    const here = own === "/" ? path === "/" : path === own || path.startsWith(`${own}/`);
    if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
}

let drawn = "";
function drawMenu(menu) {
  const key = JSON.stringify(menu);
  if (key === drawn || !menu.length) return;
  drawn = key;
  find("menu").replaceChildren(...[{ href: "/", label: "Stockbridge" }, ...menu].map(({ href, label }) => {
    const link = document.createElement("a");
    link.href = base + (href === "/" ? "" : href);
    link.dataset.path = href;
    link.textContent = label;
    link.addEventListener("click", (event) => { event.preventDefault(); tell("go", { path: href }); });
    return link;
  }));
}

const heard = {
  "id-token": async ({ asked }) => tell("answer", { asked, value: await idToken() }),
  here({ path, title, menu }) {
    drawMenu(menu);
    marked(path);
    document.title = `${title} · Simulated admin`;
    if (!path.startsWith("/session-bounce")) history.replaceState(null, "", base + (path === "/" ? "" : path));
  },
  leave({ asked }) {
    find("leave").returnValue = "";
    find("leave").showModal();
    find("leave").onclose = () => tell("answer", { asked, value: find("leave").returnValue === "leave" });
  },
  loading: ({ on }) => find("loading").classList.toggle("on", on),
  "save-bar": ({ open }) => { find("save-bar").hidden = !open; },
  "toast-hide": ({ id }) => document.getElementById(id)?.remove(),
  toast({ id, message, isError, action, duration }) {
    const toast = document.createElement("div");
    toast.id = id;
    toast.className = isError ? "toast wrong" : "toast";
    toast.append(message);
    if (action) {
      const button = document.createElement("button");
      button.textContent = action;
      button.addEventListener("click", () => tell("toast-action", { id }));
      toast.append(button);
    }
    find("toasts").append(toast);
    setTimeout(() => { toast.remove(); tell("toast-gone", { id }); }, duration);
  },
};

window.addEventListener("message", ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== place.origin || !data?.simulated) return;
  heard[data.simulated]?.(data);
});

find("save").addEventListener("click", () => tell("save"));
find("discard").addEventListener("click", () => tell("discard"));
find("order").addEventListener("click", async () => {
  find("order").disabled = true;
  const answer = await fetch(`${place.admin}/orders`, { method: "POST" });
  const { said } = await answer.json();
  heard.toast({ id: `order-${Date.now()}`, message: said, isError: !answer.ok, duration: 5000 });
  find("order").disabled = false;
});

find("staff").addEventListener("change", ({ target }) => { location.search = `?staff=${target.value}`; });

frame.src = place.app;
