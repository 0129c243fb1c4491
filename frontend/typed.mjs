// Writes src/api/typed.ts: every document of src/api/queries with the types of the committed schema.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import * as documents from "@graphql-codegen/typed-document-node";
import { buildSchema, parse, printSchema } from "graphql";

const here = new URL(".", import.meta.url);
const schema = buildSchema(readFileSync(new URL("../app/graphql/schema.graphql", here), "utf8"));
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
// Every view loads the documents: their line breaks say nothing to the API.
const narrow = text.replaceAll(/TypedDocumentString\(`([^`]*)`/g, (whole, said) =>
  said.includes('"') ? whole : `TypedDocumentString(\`${said.replaceAll(/\s+/g, " ").trim()}\``,
);
writeFileSync(new URL("src/api/typed.ts", here), `// Made by typed.mjs; not kept in git.\n${narrow}`);
