// What the server answered along with the page's document, each by the name of what was asked: nothing where it had no answer soon.
const PLACE = "first";

export function brought(): Record<string, unknown> {
  const text = document.getElementById(PLACE)?.textContent;
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}
