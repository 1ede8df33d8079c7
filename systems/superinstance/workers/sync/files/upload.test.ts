import { expect, it, vi } from "vitest";

import { ADA, code, harness, tokenOf, useHarness } from "../harness";

useHarness("setTimeout", "clearTimeout");

const MINUTE = 60_000;

it("an upload that failed is answered although its stream does not end (SI-5)", async () => {
  const abort = vi.spyOn(WritableStreamDefaultWriter.prototype, "abort").mockImplementation(() => new Promise(() => undefined));
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(new Uint8Array(3));
    },
    pull: (controller) => {
      controller.error(new Error("the client has gone"));
    },
  });
  const sent = harness.with(await tokenOf(ADA), "PUT", "/sync/knowledge/notes.md?base_version=0", body, { "Content-Length": "5" });
  await vi.waitFor(() => {
    expect(abort).toHaveBeenCalled();
  });
  await vi.advanceTimersByTimeAsync(MINUTE);

  expect((await sent).status).toBe(503);
});

it("an upload that takes too long ends before its bytes are swept, and leaves none (SI-5)", async () => {
  let bytes: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      bytes = controller;
      controller.enqueue(new Uint8Array(3));
    },
  });
  const sent = harness.with(await tokenOf(ADA), "PUT", "/sync/knowledge/notes.md?base_version=0", body, { "Content-Length": "5" });
  await vi.waitFor(() => {
    expect(harness.known("sync_objects")).toHaveLength(1);
  });
  await vi.advanceTimersByTimeAsync(51 * MINUTE);
  await harness.states.ring(Date.now());
  const late = await sent;
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  await harness.states.ring(Date.now());
  // What still comes comes to nothing.
  bytes?.enqueue(new Uint8Array(2));
  bytes?.close();
  await vi.advanceTimersByTimeAsync(MINUTE);

  expect([late.status, await code(late)]).toEqual([409, "upload_expired"]);
  expect([harness.objects, harness.known("sync_objects")]).toEqual([[], []]);
});
