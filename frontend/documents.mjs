// Writes dist/documents.json: the digest of every document that the built page sends, with its name. The server takes these
// from the page and no others. And dist/questions.json: the text of each question, of which it answers some along with the page.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const folders = [new URL("src/api/", here), new URL("src/api/documents/", here)].filter((each) => existsSync(each));
const files = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".ts")).map((name) => new URL(name, folder)));
const known = {};
const questions = {};
for (const file of files) {
  for (const [, said] of readFileSync(file, "utf8").matchAll(/new TypedDocumentString\(`([^`]*)`/g)) {
    if (/[\\]|\$\{/.test(said)) throw new Error(`a document of ${file.pathname} is no plain text`);
    const operation = said.match(/^\s*(query|mutation|subscription)\s+(\w+)/);
    if (operation) known[createHash("sha256").update(said).digest("hex")] = operation[2];
    if (operation?.[1] === "query") questions[operation[2]] = said;
  }
}
if (Object.keys(known).length === 0) throw new Error("the page has no documents");
writeFileSync(new URL("dist/questions.json", here), `${JSON.stringify(questions, null, 1)}\n`);
writeFileSync(new URL("dist/documents.json", here), `${JSON.stringify(known, null, 1)}\n`);
