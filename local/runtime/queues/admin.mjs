// Queues, through the binding a producer would have.
//
//   GET    /queues/<name>                  {backlogCount, backlogBytes, oldestMessageTimestamp}
//   POST   /queues/<name>                  {body, content_type: "json" | "text" | "bytes" | "v8", delay_seconds};
//                                          a body of type "bytes" is base64
//   POST   /queues/<name>/batch            {messages: [the above, …], delay_seconds}

import { Problem } from "../admin/problem.mjs";

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
