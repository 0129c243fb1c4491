// Writes dist/documents.json: the digest of every document that the built page sends, with its name. The server takes these
// from the page and no others. And dist/first.json: the text of those that most views begin with, which it answers along with the page.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const folders = [new URL("src/api/", here), new URL("src/api/documents/", here)].filter((each) => existsSync(each));
const files = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".ts")).map((name) => new URL(name, folder)));
const FIRST = ["Viewer", "Connections"];
const known = {};
const first = {};
for (const file of files) {
  for (const [, said] of readFileSync(file, "utf8").matchAll(/new TypedDocumentString\(`([^`]*)`/g)) {
    if (/[\\]|\$\{/.test(said)) throw new Error(`a document of ${file.pathname} is no plain text`);
    const operation = said.match(/^\s*(?:query|mutation|subscription)\s+(\w+)/);
    if (operation) known[createHash("sha256").update(said).digest("hex")] = operation[1];
    if (operation && FIRST.includes(operation[1])) first[operation[1]] = said;
  }
}
if (Object.keys(known).length === 0) throw new Error("the page has no documents");
for (const name of FIRST) if (!first[name]) throw new Error(`the page does not ask ${name}`);
writeFileSync(new URL("dist/first.json", here), `${JSON.stringify(first, null, 1)}\n`);
writeFileSync(new URL("dist/documents.json", here), `${JSON.stringify(known, null, 1)}\n`);
