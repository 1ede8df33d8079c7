// Makes a client of a description, and calls operations with it. On standard input {description, folder, url, headers,
// token, calls}; answers the operations that the client has, and what came of each call.
import "./loopback.mjs";

import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

import { createClient } from "@hey-api/openapi-ts";
import { build } from "esbuild";

const { description, folder, modules, url, headers, token, calls } = JSON.parse(await text(process.stdin));

await createClient({
  input: description,
  output: folder,
  logs: { level: "silent" },
  // Answers are held to the schemas of the description.
  plugins: ["@hey-api/client-fetch", "valibot", { name: "@hey-api/sdk", validator: true }],
});
const outfile = `${folder}/client.mjs`;
const stdin = { contents: 'export * from "./sdk.gen"; export { client } from "./client.gen";', resolveDir: folder };
await build({ stdin, outfile, bundle: true, format: "esm", nodePaths: [modules], logLevel: "error" });
const { client, ...operations } = await import(pathToFileURL(outfile).href);

client.setConfig({ baseUrl: url, headers, ...(token === null ? {} : { auth: token }) });
const results = [];
for (const [name, options] of calls) results.push(await outcome(operations[name], options));
process.stdout.write(JSON.stringify({ operations: Object.keys(operations), results }));

async function outcome(operation, options) {
  try {
    const { data, error, response } = await operation(options);
    return { status: response.status, data, error };
  } catch (error) {
    // What is sent or answered is not as described.
    return { thrown: error.message };
  }
}
