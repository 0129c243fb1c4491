// Puts GraphiQL beside the page, in a folder of its own that only a development server opens: the package's own files,
// and the committed schema, so that its documentation and completion work before a token was typed in.
import { copyFileSync, mkdirSync, writeFileSync, readFileSync } from "node:fs";
import { buildSchema, introspectionFromSchema } from "graphql";

const here = new URL(".", import.meta.url);
const folder = new URL("../dist/graphiql/", here);
const packages = new URL("../../node_modules/", here);
const files = {
  "react.js": new URL("react/umd/react.production.min.js", packages),
  "react-dom.js": new URL("react-dom/umd/react-dom.production.min.js", packages),
  "graphiql.js": new URL("graphiql/graphiql.min.js", packages),
  "graphiql.css": new URL("graphiql/graphiql.min.css", packages),
  "start.js": new URL("start.js", here),
  "start.css": new URL("start.css", here),
};

mkdirSync(folder, { recursive: true });
for (const [name, source] of Object.entries(files)) copyFileSync(source, new URL(name, folder));
const schema = buildSchema(readFileSync(new URL("../../app/graphql/schema.graphql", here), "utf8"));
writeFileSync(new URL("schema.json", folder), JSON.stringify(introspectionFromSchema(schema)));
