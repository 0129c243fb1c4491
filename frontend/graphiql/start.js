// Starts GraphiQL on our API. The token is typed into its headers, goes along with each request, and is kept nowhere.
const { React, ReactDOM, GraphiQL } = window;

const QUERY = `# Type a token into the headers below: "Bearer sb_…", as \`stockbridge token create\` prints it.
{
  shop {
    name
    state
  }
}
`;

async function started() {
  const schema = await (await fetch("/graphiql/schema.json")).json();
  const socket = new URL("/graphql", location.href);
  socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
  const fetcher = GraphiQL.createFetcher({ url: "/graphql", subscriptionUrl: socket.href });
  const shown = React.createElement(GraphiQL, {
    fetcher,
    schema,
    defaultQuery: QUERY,
    defaultHeaders: JSON.stringify({ Authorization: "Bearer " }, null, 2),
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
  });
  ReactDOM.createRoot(document.getElementById("graphiql")).render(shown);
}

void started();
