import type { Operation } from "#lib/openapi";
import { ENTRY_COLLECTIONS, FILE_COLLECTIONS, type EntryCollection, type FileCollection } from "../collections";
import * as answers from "./answers";

const CONFLICT_ID = "5f0c9a1e7b2d4c6f8a3e1d9b0c7f2a64";
const LOCK_ID = "3f6c2a7e-9b1d-4e58-8c0f-7a2d5b9e1c34";
const COUNTED = { 429: ["rate_limited"] };
const COUNTING = ["keys_unavailable", "lock_unavailable"];
const ASKING = [...COUNTING, "database_unavailable"];
const PULL = { 409: ["cursor_unknown", "cursor_expired"], ...COUNTED, 503: ASKING };
const PUSH = { 409: ["collection_full", "lock_lost"], 423: ["locked"], ...COUNTED, 503: ASKING };

const PULLED = {
  more:
    "Pull with the `cursor` of the answer before, a number or a text, as `since`; while `more` is true at once again, with its `started` as well. What was " +
    "deleted comes with `deleted: true`. An item that has changed several times comes once, as it is now. Deletions are remembered as " +
    "many as there may be items: after 409 `cursor_expired` pull without a cursor, and drop what does not come.",
  refusals: PULL,
  example: { query: { since: "0", limit: "100" } },
};

const VALUES: Record<EntryCollection, { id: string; value: object }> = {
  settings: { id: "editor.theme", value: { name: "dark", contrast: 3 } },
  history: { id: "chat-7:12", value: { role: "user", content: "Why is the sky blue?" } },
};

function entries(collection: EntryCollection): Record<string, Operation> {
  const { id, value } = VALUES[collection];
  return {
    [`GET /${collection}`]: { summary: `Return what has changed of ${collection} after a cursor.`, answers: { 200: { what: "A page of changes, the oldest first", schema: answers.ENTRIES } }, ...PULLED },
    [`POST /${collection}`]: {
      summary: `Push changes of ${collection}, at most 100 together.`,
      more:
        "`base_version` is the version that the client has seen, 0 for an item it knows of none. Where it is not the current " +
        "one, what was pushed is kept as a conflict copy, and `status` says `conflict`. The same push may be sent twice.",
      answers: { 200: { what: "What became of each, in their order", schema: answers.PUSHED } },
      refusals: PUSH,
      example: { body: { device: "laptop", changes: [{ id, base_version: 0, value }] } },
    },
  };
}

const OF_FILE: Record<FileCollection, string> = { knowledge: "rust-notes.md", lora: "my-style.safetensors" };

function files(collection: FileCollection): Record<string, Operation> {
  const params = { id: OF_FILE[collection] };
  const changed = { ...PUSH, 409: [...PUSH[409], "conflict"] };
  const applied = { 200: { what: "The new version", schema: answers.PUSHED_ONE } };
  return {
    [`GET /${collection}`]: { summary: `Return what has changed of ${collection} after a cursor, without the bytes.`, answers: { 200: { what: "A page of changes, the oldest first", schema: answers.FILES } }, ...PULLED },
    [`GET /${collection}/:id`]: {
      summary: "Return the bytes of an item.",
      more: "`ETag` is its version, `Repr-Digest` its SHA-256; with `If-None-Match` it answers 304 where they are known.",
      answers: { 200: { what: "The bytes", contentType: "application/octet-stream" }, 304: { what: "They are what the caller has" } },
      refusals: { 404: ["item_not_found"], ...COUNTED, 503: [...ASKING, "bytes_unavailable"] },
      example: { params },
    },
    [`PUT /${collection}/:id`]: {
      summary: `Push the bytes of an item of ${collection}: ${FILE_COLLECTIONS[collection].itemBytes} bytes at most.`,
      more:
        "Where `base_version` is not the current one, the bytes are kept as a conflict copy: the 409 `conflict` names it. " +
        "The same push may be sent twice.",
      answers: applied,
      refusals: { ...changed, 409: [...changed[409], "upload_expired"], 411: ["length_required"], 413: ["body_too_large"], 503: [...ASKING, "upload_failed"] },
      example: { params, query: { base_version: "0", device: "laptop" }, content: params.id },
    },
    [`DELETE /${collection}/:id`]: {
      summary: "Delete an item, on all devices.",
      answers: applied,
      refusals: changed,
      example: { params, query: { base_version: "1", device: "laptop" } },
    },
  };
}

const OF_COPY = { params: { conflict_id: CONFLICT_ID } };
const OF_LOCK = { params: { lock_id: LOCK_ID } };

const CONFLICTS: Record<string, Operation> = {
  "GET /conflicts/:conflict_id": {
    summary: "Return a conflict copy: as JSON, or its bytes where it lies in R2.",
    more: "A push that names it in `resolves`, and is applied, settles it.",
    answers: { 200: { what: "The copy", schema: answers.COPY } },
    refusals: { 404: ["conflict_not_found"], ...COUNTED, 503: [...ASKING, "bytes_unavailable"] },
    example: OF_COPY,
  },
  "DELETE /conflicts/:conflict_id": {
    summary: "Give up a conflict copy: what is current stays.",
    answers: { 204: { what: "It is gone" } },
    refusals: { 404: ["conflict_not_found"], 409: ["lock_lost"], 423: ["locked"], ...COUNTED, 503: ASKING },
    example: OF_COPY,
  },
};

const LOCKS: Record<string, Operation> = {
  "POST /lock": {
    summary: "Take the lock of the user for 30 seconds, to push several times with nobody in between.",
    more:
      "Name it as `lock_id` in each push. Once it is granted, nothing that an earlier holder still writes is taken. A push without " +
      "a lock takes one for itself, and waits for up to five seconds.",
    answers: { 201: { what: "The lock", schema: answers.LOCK } },
    refusals: { 409: ["lock_lost"], 423: ["locked"], ...COUNTED, 503: ASKING },
    example: {},
  },
  "PUT /lock/:lock_id": {
    summary: "Renew a lock: it ends 30 seconds from now.",
    answers: { 200: { what: "The lock", schema: answers.LOCK } },
    refusals: { 409: ["lock_lost"], ...COUNTED, 503: COUNTING },
    example: OF_LOCK,
  },
  "DELETE /lock/:lock_id": {
    summary: "Give a lock back.",
    answers: { 204: { what: "Others may take one" } },
    refusals: { 409: ["lock_lost"], ...COUNTED, 503: COUNTING },
    example: OF_LOCK,
  },
};

const STATUS: Record<string, Operation> = {
  "GET /status": {
    summary: "Return what the user has of each collection and may have, whether the lock is held, and the conflict copies.",
    more: "At most 100 copies; `after` takes the id of the last of them and shows the next.",
    answers: { 200: { what: "How the user stands", schema: answers.STATUS } },
    refusals: { ...COUNTED, 503: ASKING },
    example: {},
  },
};

/** What the reference says of each address. */
export const OPERATIONS: Record<string, Operation> = {
  ...Object.assign({}, ...(Object.keys(ENTRY_COLLECTIONS) as EntryCollection[]).map(entries)) as Record<string, Operation>,
  ...Object.assign({}, ...(Object.keys(FILE_COLLECTIONS) as FileCollection[]).map(files)) as Record<string, Operation>,
  ...CONFLICTS,
  ...LOCKS,
  ...STATUS,
};
