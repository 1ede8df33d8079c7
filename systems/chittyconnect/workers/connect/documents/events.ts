import * as v from "valibot";

import { describeError, log } from "#lib/log";
import { CHITTY_ID } from "../sessions/model";
import type { DocumentRow } from "./model";

/** What the queue carries: an owner's documents are no longer what they were. */
export interface DocumentEvent {
  type: "document.uploaded" | "document.deleted";
  documentId: string;
  chittyId: string;
  /** Bytes. */
  size: number;
  at: string;
}

// All that is acted upon.
const OURS = v.object({ type: v.picklist(["document.uploaded", "document.deleted"]), chittyId: CHITTY_ID });

/**
 * Tell the queue. A failure is logged and no more: quotas change in the same transaction as the
 * documents, the event only has them counted again.
 */
export async function announce(
  queue: Queue<DocumentEvent>,
  type: DocumentEvent["type"],
  row: DocumentRow,
): Promise<void> {
  const { id, chittyId, size } = row;
  try {
    await queue.send({ type, documentId: id, chittyId, size, at: new Date().toISOString() });
  } catch (error) {
    log("warn", "document_event_lost", { type, documentId: id, ...describeError(error) });
  }
}

/** Whether *body* is a message of ours. */
export function isDocumentEvent(body: unknown): body is DocumentEvent {
  return v.is(OURS, body);
}
