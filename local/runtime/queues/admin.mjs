// Queues, through the binding a producer would have.
//
//   GET    /queues/<name>                  {backlogCount, backlogBytes, oldestMessageTimestamp}
//   POST   /queues/<name>                  {body, content_type: "json" | "text" | "bytes" | "v8", delay_seconds};
//                                          a body of type "bytes" is base64
//   POST   /queues/<name>/batch            {messages: [the above, …], delay_seconds}

/** @import { Call } from "../admin/kinds" */

import { Problem, messageOf } from "../admin/problem.mjs";

// For what the binding itself refuses before anything is sent: a delay that is no 32-bit number.
const WRONG_METADATA = "10203";

/**
 * @typedef {object} Message
 * @property {unknown} body
 * @property {QueueContentType} [content_type]
 * @property {number | null} [delay_seconds]
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
 * @param {{ messages: Message[], delay_seconds?: number | null }} batch
 */
async function sendBatch(queue, { messages, delay_seconds: delay }) {
  const prepared = messages.map(message);
  try {
    await queue.sendBatch(prepared, after(delay));
  } catch (error) {
    throw refusal(messageOf(error));
  }
}

/**
 * The code stands at the end of what the binding says: `Message size out of bounds … (10204)`.
 * @param {string} said
 */
function refusal(said) {
  const [, cause, code] = /^(.*) \((\d+)\)$/.exec(said) ?? [];
  return new Problem(400, code ?? WRONG_METADATA, cause ?? said);
}

/** @param {Message} given */
function message({ body, content_type: contentType = "json", delay_seconds: delaySeconds }) {
  const decoded = contentType === "bytes" ? bytesOf(String(body)) : body;
  return { body: decoded, contentType, ...after(delaySeconds) };
}

/** @param {number | null | undefined} delaySeconds */
const after = (delaySeconds) => (typeof delaySeconds === "number" ? { delaySeconds } : {});

/** @param {string} base64 */
const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
