import { describeError, log } from "#lib/log";
import type { Env } from "../env";
import { isDocumentEvent, type DocumentEvent } from "./events";
import { releaseLapsed } from "./lifecycle";
import { openLibrary, type Library } from "./library";

/**
 * Count again what the owners in *batch* have, and clear away what nobody refers to any more.
 *
 * The count reads the documents themselves, so a message that comes twice, late, or after others
 * changes nothing. Messages that fail, or are not ours, are retried, as often and as late as the queue is
 * set up for, and end as dead letters.
 */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  const library = openLibrary(env, null);
  for (const [chittyId, messages] of byOwner(batch.messages)) {
    await recount(library, chittyId, messages);
  }
  await clearAway(library);
}

function byOwner(messages: readonly Message[]): Map<string | undefined, Message[]> {
  const groups = new Map<string | undefined, Message[]>();
  for (const message of messages) {
    const owner = ownerOf(message);
    groups.set(owner, [...(groups.get(owner) ?? []), message]);
  }
  return groups;
}

function ownerOf(message: Message): DocumentEvent["chittyId"] | undefined {
  return isDocumentEvent(message.body) ? message.body.chittyId : undefined;
}

async function recount(
  library: Library,
  chittyId: string | undefined,
  messages: readonly Message[],
): Promise<void> {
  try {
    if (chittyId === undefined) throw new Error("not a document event");
    await library.quotas.recount(chittyId);
    for (const message of messages) message.ack();
  } catch (error) {
    const ids = messages.map((message) => message.id);
    log("error", "document_event_failed", { messages: ids, ...describeError(error) });
    for (const message of messages) message.retry();
  }
}

async function clearAway(library: Library): Promise<void> {
  try {
    const uploads = await releaseLapsed(library);
    const objects = await library.garbage.sweep();
    if (uploads + objects > 0) log("info", "documents_cleared", { uploads, objects });
  } catch (error) {
    log("warn", "documents_not_cleared", describeError(error));
  }
}
