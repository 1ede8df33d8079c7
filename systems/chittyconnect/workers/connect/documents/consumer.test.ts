import { beforeEach, describe, expect, it, vi } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import type { Env } from "../env";
import { consume } from "./consumer";
import { LibraryHarness, OWNER } from "./harness";

let harness: LibraryHarness;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness();
  harness.now = Date.now();
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation(() => undefined);
  }
});

interface Outcome {
  acked: number;
  retried: number;
  /** What each retry asked for: nothing, for the queue knows how long to wait. */
  wishes: unknown[];
}

async function deliver(...bodies: unknown[]): Promise<Outcome> {
  const outcome: Outcome = { acked: 0, retried: 0, wishes: [] };
  const messages = bodies.map((body, index) => ({
    id: String(index),
    body,
    ack: () => (outcome.acked += 1),
    retry: (...wishes: unknown[]) => {
      outcome.retried += 1;
      outcome.wishes.push(...wishes);
    },
  }));
  const env = { DB: harness.db.binding, DOCUMENT_STORAGE: harness.bucket.binding };
  await consume({ messages } as unknown as MessageBatch, env as unknown as Env);
  return outcome;
}

const EVENT = { type: "document.uploaded", documentId: "d", chittyId: OWNER, size: 5, at: "now" };

async function store(size: number): Promise<void> {
  const row = harness.pending(size);
  await harness.library.table.reserve(row, harness.limits);
  await harness.library.table.store(row.id, { etag: "e", sha256: null });
}

describe("the consumer", () => {
  it("counts again, the same however often it is told", async () => {
    await store(5);
    await store(7);
    harness.db.rows("UPDATE document_quotas SET bytes_used = 99, documents_used = 0");

    expect(await deliver(EVENT, EVENT, { ...EVENT, type: "document.deleted" })).toMatchObject({ acked: 3, retried: 0 });
    expect(await harness.used()).toEqual([12, 2]);
    await deliver(EVENT);
    expect(await harness.used()).toEqual([12, 2]);
  });

  it("counts what is reserved, and keeps an owner's own limits", async () => {
    await harness.library.table.reserve(harness.pending(5), harness.limits);
    harness.db.rows("UPDATE document_quotas SET bytes_limit = 42");

    await deliver(EVENT);

    expect(await harness.library.quotas.read(OWNER)).toMatchObject({ bytes: { used: 5, limit: 42 } });
  });

  it("has messages retried that are not ours, and those only, when the queue says", async () => {
    const strange = [null, "text", {}, { ...EVENT, type: "other" }, { ...EVENT, chittyId: "../x" }];

    expect(await deliver(EVENT, ...strange)).toEqual({ acked: 1, retried: strange.length, wishes: [] });
  });

  it("has messages retried while the database is out", async () => {
    harness.db.outage = "no database";

    expect(await deliver(EVENT)).toEqual({ acked: 0, retried: 1, wishes: [] });
  });

  it("clears away lapsed uploads and noted objects", async () => {
    const uploadKey = "temp/presigned/x";
    await harness.bucket.put(uploadKey, new Uint8Array(1), {});
    await harness.bucket.put("forgotten", new Uint8Array(1), {});
    const lapsed = harness.pending(5, { uploadKey, pendingUntil: new Date(0).toISOString() });
    await harness.library.table.reserve(lapsed, harness.limits);
    await harness.library.garbage.add(["forgotten"], harness.now);

    await deliver(EVENT);

    expect([harness.keys(), await harness.used()]).toEqual([[], [0, 0]]);
  });
});
