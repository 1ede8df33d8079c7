// A batch that somebody else has handled: what is sent of its messages, and what is done with the answer.

/** @import { Delivered, Message as Plain } from "../crossing" */

/**
 * @param {Message<unknown>} message
 * @returns {Plain}
 */
export function plain({ id, timestamp, body, attempts }) {
  return { id, timestamp, body, attempts };
}

/**
 * Acknowledge and retry what the worker did.
 * @param {MessageBatch} batch
 * @param {Delivered} delivered
 */
export function settle(batch, { ackAll, retryBatch, explicitAcks, retryMessages }) {
  if (ackAll) batch.ackAll();
  if (retryBatch.retry) batch.retryAll(after(retryBatch.delaySeconds));
  const acked = new Set(explicitAcks);
  const retried = new Map(retryMessages.map(({ msgId, delaySeconds }) => [msgId, delaySeconds]));
  for (const message of batch.messages) {
    if (acked.has(message.id)) message.ack();
    else if (retried.has(message.id)) message.retry(after(retried.get(message.id)));
  }
}

/** @param {number | undefined} delaySeconds */
const after = (delaySeconds) => (delaySeconds === undefined ? {} : { delaySeconds });
