// Starts the page once Shopify's scripts have; without them it says so in plain words.
import { render } from "preact";
import { App } from "./app";
import { texts } from "./texts";

const place = document.getElementById("page");
const loaded = "shopify" in window && customElements.get("s-page") !== undefined;

if (place && loaded) render(<App />, place);
else if (place) {
  const notice = document.createElement("p");
  notice.setAttribute("role", "alert");
  notice.textContent = texts.scripts.missing;
  place.replaceChildren(notice);
}
