// Queues, through the binding a producer would have.

import { Problem } from "./problem.mjs";

const DECODED = {
  bytes: (body) => Uint8Array.from(atob(body), (character) => character.charCodeAt(0)),
};

export async function serve({ request, env, id, rest }) {
  const queue = env[`queue:${id}`];
  if (!queue) throw new Problem(404, "unknown_queue", `there is no queue ${id}`);
  if (request.method === "GET") return Response.json(await queue.metrics());
  const given = await request.json();
  if (rest[0] === "batch") await sendBatch(queue, given);
  else await sendBatch(queue, { messages: [given] });
  return Response.json({});
}

async function sendBatch(queue, { messages, delay_seconds: delay }) {
  const prepared = messages.map(message);
  try {
    await queue.sendBatch(prepared, delay === undefined ? {} : { delaySeconds: delay });
  } catch (error) {
    throw new Problem(400, "refused", error.message);
  }
}

function message({ body, content_type: contentType = "json", delay_seconds: delaySeconds }) {
  const decoded = DECODED[contentType]?.(body) ?? body;
  return { body: decoded, contentType, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
}
