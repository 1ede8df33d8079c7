// Reads lines of JSON, {expression, request} or {expression, tree: true}, and answers each with what the
// edge makes of it: {verdict}, {tree} or {error}.

import { createInterface } from "node:readline";
import { compile } from "../../../../local/runtime/edge/rules/language/compiler.mjs";
import { parse } from "../../../../local/runtime/edge/rules/language/parser.mjs";
import { FIELDS } from "../../../../local/runtime/edge/rules/language/schema.mjs";
import { Lists } from "../../../../local/runtime/edge/rules/lists.mjs";
import { RequestView } from "../../../../local/runtime/edge/rules/request.mjs";

const lists = new Lists([
  { name: "office", addresses: ["10.0.0.0/8", "192.0.2.4", "10.1.0.0/16", "192.0.2.3", "2001:db8::/32", "198.51.100.7"] },
  { name: "nobody", addresses: [] },
]);

function viewOf({ method = "GET", host = "a.example.com", target = "/", headers = {}, address, response }) {
  const all = address === undefined ? headers : { ...headers, "cf-connecting-ip": address };
  const request = { method, headers: new Headers(all) };
  const view = new RequestView({ request, host, target, zone: "example.com", lists, now: 1_764_000_000_123 });
  if (response !== undefined) view.response = new Response(null, response);
  return view;
}

// Fields that can be written and that nobody reads.
function unread() {
  const view = viewOf({ response: { headers: { "content-type": "text/plain" } } });
  return Object.keys(FIELDS).filter((name) => view.read(name) === undefined);
}

function answer({ expression, request, tree }) {
  if (expression === null) return { unread: unread() };
  try {
    return tree ? { tree: parse(expression) } : { verdict: compile(expression)(viewOf(request)) };
  } catch (error) {
    if (error.constructor.name === "ExpressionError") return { error: error.message };
    return { error: `unforeseen: ${error.stack}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(answer(JSON.parse(line))));
