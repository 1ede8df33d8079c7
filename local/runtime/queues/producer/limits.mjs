// What a queue takes, and how it says no: developers.cloudflare.com/queues/reference/error-codes.
// workerd's own queues refuse sizes without a code, and take any delay.

import { env } from "cloudflare:workers";

/**
 * The most of everything that one request may send; planning/queues.py has the numbers.
 * @typedef {{ delaySeconds: number, messages: number, messageBytes: number, batchBytes: number }} Limits
 */

export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {number} code
   * @param {string} cause
   */
  constructor(status, code, cause) {
    super(cause);
    this.status = status;
    this.code = code;
  }

  /** As the binding reads it: it shows `<cause> (<code>)` to the sender. */
  response() {
    const headers = { "cf-queues-error-code": String(this.code), "cf-queues-error-cause": this.message };
    return new Response(null, { status: this.status, headers });
  }
}

/**
 * Refuse a single message.
 * @param {number} bytes
 * @param {string | null} delay
 */
export function checkMessage(bytes, delay) {
  if (!isDelay(delay)) throw wrongMetadata();
  checkSize(bytes);
}

/**
 * Refuse a batch, as `sendBatch` puts it on the wire. A body of a message is base64.
 * @param {{ messages: { body: string, delaySecs?: number }[] }} batch
 * @param {string | null} delay
 */
export function checkBatch({ messages }, delay) {
  const LIMITS = env.QUEUE_LIMITS;
  if (!isDelay(delay)) {
    throw new Refusal(400, 10202, `Invalid batch delay: it is 0 to ${LIMITS.delaySeconds} seconds`);
  }
  if (messages.length > LIMITS.messages) {
    throw new Refusal(413, 10206, `Batch count out of bounds: at most ${LIMITS.messages} messages`);
  }
  const sizes = messages.map(({ body }) => bytesOf(body));
  sizes.forEach(checkSize);
  if (sizes.reduce((sum, size) => sum + size, 0) > LIMITS.batchBytes) {
    throw new Refusal(413, 10205, `Batch size out of bounds: at most ${LIMITS.batchBytes} bytes`);
  }
  if (!messages.every(({ delaySecs }) => isDelay(delaySecs ?? null))) throw wrongMetadata();
}

/** @param {number} bytes */
function checkSize(bytes) {
  const { messageBytes } = env.QUEUE_LIMITS;
  if (bytes > messageBytes) throw new Refusal(413, 10204, `Message size out of bounds: at most ${messageBytes} bytes`);
}

const wrongMetadata = () =>
  new Refusal(400, 10203, `Invalid message metadata: a delay is 0 to ${env.QUEUE_LIMITS.delaySeconds} seconds`);

/** @param {string | number | null} seconds */
function isDelay(seconds) {
  if (seconds === null) return true;
  return Number(seconds) >= 0 && Number(seconds) <= env.QUEUE_LIMITS.delaySeconds;
}

/** @param {string} base64 */
const bytesOf = (base64) => (base64.length / 4) * 3 - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
