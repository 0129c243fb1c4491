// Writes src/api/typed.ts and src/api/documents: every document of src/api/queries with the types of the committed schema.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import * as documents from "@graphql-codegen/typed-document-node";
import { buildSchema, parse, printSchema } from "graphql";

const here = new URL(".", import.meta.url);
const schema = buildSchema(readFileSync(new URL("../app/graphql/schema.graphql", here), "utf8"));
const needs = JSON.parse(readFileSync(new URL("../app/graphql/needs.json", here), "utf8"));
const folder = new URL("src/api/queries/", here);
const found = readdirSync(folder).sort().map((name) => ({
  location: name,
  document: parse(readFileSync(new URL(name, folder), "utf8")),
}));

const text = await codegen({
  filename: "typed.ts",
  schema: parse(printSchema(schema)),
  documents: found,
  config: {
    documentMode: "string",
    useTypeImports: true,
    enumType: "string-literal",
    enumsAsTypes: true,
    skipTypename: true,
    scalars: { Date: "string", DateTime: "string", Decimal: "string", JSON: "unknown", ID: "string" },
  },
  plugins: [{ operations: {} }, { documents: {} }],
  pluginMap: { operations, documents },
});
const split = text.indexOf("export class TypedDocumentString");
const first = text.indexOf("export const ", split);
const [types, carrier, made] = [text.slice(0, split), text.slice(split, first), text.slice(first)];
const head = "// Made by typed.mjs; not kept in git.\n";
const narrow = (said) => (said.includes('"') ? said : said.replaceAll(/\s+/g, " ").trim());

/** What the sender of a document must be allowed to: of every document that changes something. */
function neededBy(definition) {
  if (definition.kind !== "OperationDefinition" || definition.operation !== "mutation") return undefined;
  const wanted = new Set(definition.selectionSet.selections.map((each) => needs[each.name.value]));
  const [one] = wanted;
  if (wanted.size !== 1 || !one) throw new Error(`${definition.name.value} needs ${[...wanted]}: one permission is asked for`);
  return one;
}

/** A view loads the documents of the files that it asks with, and no others: each file of queries is a module. */
function moduleOf({ location, document }) {
  const asked = document.definitions.filter(({ kind }) => kind === "OperationDefinition");
  const own = asked.map((definition) => {
    const begin = made.indexOf(`export const ${definition.name.value}Document = `);
    const end = made.indexOf(";\n", begin);
    const wanted = neededBy(definition);
    const said = made.slice(begin, end === -1 ? undefined : end + 1);
    return wanted ? said.replace(/(TypedDocumentString\(`[^`]*`)\)/, `$1, { needs: "${wanted}" })`) : said;
  });
  const used = own.join("\n").matchAll(/as unknown as TypedDocumentString<(\w+), (\w+)>/g);
  const types = [...new Set([...used].flatMap(([, result, variables]) => [result, variables]))].sort();
  const lines = own.map((each) =>
    each
      .replace("new TypedDocumentString", "/* @__PURE__ */ new TypedDocumentString")
      .replace(/TypedDocumentString\(`([^`]*)`/, (_, said) => `TypedDocumentString(\`${narrow(said)}\``),
  );
  const imports = `import { TypedDocumentString } from "./carrier";\nimport type { ${types.join(", ")} } from "../typed";\n`;
  writeFileSync(new URL(location.replace(".graphql", ".ts"), folderOfModules), `${head}${imports}${lines.join("\n")}\n`);
  return `export * from "./documents/${location.replace(".graphql", "")}";\n`;
}

const folderOfModules = new URL("src/api/documents/", here);
rmSync(folderOfModules, { recursive: true, force: true });
mkdirSync(folderOfModules);
const kept = types.indexOf("import type { DocumentTypeDecoration }");
const borrowed = kept === -1 ? "" : types.slice(kept, types.indexOf("\n", kept) + 1);
writeFileSync(new URL("carrier.ts", folderOfModules), `${head}${borrowed}${carrier}`);
const all = found.map(moduleOf).join("");
writeFileSync(
  new URL("src/api/typed.ts", here),
  `${head}${types.replace(borrowed, "")}export { TypedDocumentString } from "./documents/carrier";\n${all}`,
);
