// The query page: GraphiQL with this server's transports, and example operations in tabs.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { parse, getOperationAST } from "graphql";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";

import "graphiql/graphiql.css";
import { examples } from "./examples.js";

const http = new URL(location.pathname, location.href);
const socket = new URL(location.pathname, location.href);
socket.protocol = http.protocol === "https:" ? "wss:" : "ws:";

const overHttp = createGraphiQLFetcher({ url: http.href });

// The headers editor is where the credential is, for sockets too: they get it as connection parameters.
function overSocket(params, headers) {
  const client = createClient({ url: socket.href, connectionParams: headers, lazy: true, retryAttempts: 3 });
  const events = client.iterate(params);
  const dispose = () => client.dispose();
  return {
    [Symbol.asyncIterator]: () => events,
    next: () => events.next(),
    return: async () => {
      const done = await events.return?.();
      dispose();
      return done ?? { done: true, value: undefined };
    },
  };
}

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // the server says what is wrong with the document
  }
}

// `heddle serve` prints an address with the development key behind `#`, which no browser sends anywhere.
const key = new URLSearchParams(location.hash.slice(1)).get("apiKey");
if (key) history.replaceState(null, "", location.pathname);

// The page asks for the schema before its headers editor is there: the key goes along all the same.
const fetcher = (params, options = {}) => {
  const sent = { ...(key && { Authorization: `Bearer ${key}` }), ...options.headers };
  return isSubscription(params) ? overSocket(params, sent) : overHttp(params, { ...options, headers: sent });
};
const headers = JSON.stringify({ Authorization: `Bearer ${key ?? "paste your API key here"}` }, null, 2);

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    defaultHeaders={headers}
    headers={key ? headers : undefined}
    shouldPersistHeaders={false}
    isHeadersEditorEnabled
    defaultEditorToolsVisibility="headers"
    defaultTabs={examples.map((query) => ({ query, headers }))}
  />,
);
