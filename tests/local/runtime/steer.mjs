// Reads lines of JSON, {settings, pools, place, draws}, and answers each with the pools in the order in
// which the balancer asks them, and with the origin that it draws from the first.

import { createInterface } from "node:readline";
import { choose, pick } from "../../../local/runtime/balancers/service/steering.mjs";

function answer({ settings, pools, place, draws }) {
  const drawn = [...draws];
  const random = () => drawn.shift() ?? 0;
  const choices = choose(settings, pools, place, random);
  const origin = choices[0] && pick(choices[0], random);
  return { pools: choices.map(({ id }) => id), origin: origin?.name ?? null };
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(answer(JSON.parse(line))));
