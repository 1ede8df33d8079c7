// Asks a Connect server with the public client. On standard input {url, token, calls}: each call is a method with its
// arguments. Answers what came of each: {value} or {rejected}.
import { text } from "node:stream/consumers";

import { OnePasswordConnect } from "@1password/connect";

const { url, token, calls } = JSON.parse(await text(process.stdin));
const client = OnePasswordConnect({ serverURL: url, token });
const outcomes = [];
for (const [method, ...given] of calls) outcomes.push(await outcome(method, given));
process.stdout.write(JSON.stringify(outcomes));

async function outcome(method, given) {
  try {
    return { value: (await client[method](...given)) ?? null };
  } catch (error) {
    return { rejected: error instanceof Error ? String(error) : error };
  }
}
