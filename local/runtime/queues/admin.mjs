// Queues, through the binding a producer would have.
//
//   GET    /queues/<name>                  {backlogCount, backlogBytes, oldestMessageTimestamp}
//   POST   /queues/<name>                  {body, content_type: "json" | "text" | "bytes" | "v8", delay_seconds};
//                                          a body of type "bytes" is base64
//   POST   /queues/<name>/batch            {messages: [the above, …], delay_seconds}

/** @import { Call } from "../admin/kinds" */

import { Problem, messageOf } from "../admin/problem.mjs";

/**
 * @typedef {object} Message
 * @property {unknown} body
 * @property {QueueContentType} [content_type]
 * @property {number} [delay_seconds]
 */

/** @param {Call} call */
export async function serve({ request, env, id, rest }) {
  const queue = env[`queue:${id}`];
  if (!queue) throw new Problem(404, "unknown_queue", `there is no queue ${id}`);
  if (request.method === "GET") return Response.json(await queue.metrics());
  if (rest[0] === "batch") await sendBatch(queue, await request.json());
  else await sendBatch(queue, { messages: [await request.json()] });
  return Response.json({});
}

/**
 * @param {Queue} queue
 * @param {{ messages: Message[], delay_seconds?: number }} batch
 */
async function sendBatch(queue, { messages, delay_seconds: delay }) {
  const prepared = messages.map(message);
  try {
    await queue.sendBatch(prepared, delay === undefined ? {} : { delaySeconds: delay });
  } catch (error) {
    throw new Problem(400, "refused", messageOf(error));
  }
}

/** @param {Message} given */
function message({ body, content_type: contentType = "json", delay_seconds: delaySeconds }) {
  const decoded = contentType === "bytes" ? bytesOf(String(body)) : body;
  return { body: decoded, contentType, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
}

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
