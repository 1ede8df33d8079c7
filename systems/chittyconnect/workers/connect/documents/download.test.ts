import { beforeEach, describe, expect, it } from "vitest";

import { download } from "./download";
import { bytes, LibraryHarness } from "./harness";
import type { DocumentRow } from "./model";

let harness: LibraryHarness;
let row: DocumentRow;

beforeEach(async () => {
  harness = new LibraryHarness();
  row = harness.pending(10, { name: 'ü "x".html', contentType: "text/html", etag: "tag" });
  await harness.bucket.put(row.key, bytes(10), {});
});

function get(headers: Record<string, string> = {}): Promise<Response> {
  return download(harness.library, row, new Request("https://host/", { headers }));
}

async function content(response: Response): Promise<number[]> {
  return [...new Uint8Array(await response.arrayBuffer())];
}

describe("download", () => {
  it("sends the document to be saved, whatever it is", async () => {
    const response = await get();

    expect(response.status).toBe(200);
    expect(await content(response)).toEqual([...bytes(10)]);
    expect(response.headers.get("Content-Disposition")).toBe(
      "attachment; filename=\"_ _x_.html\"; filename*=UTF-8''%C3%BC%20%22x%22.html",
    );
    expect(response.headers.get("Content-Type")).toBe("text/html");
    expect(response.headers.get("ETag")).toBe('"tag"');
  });

  it("sends the part that is asked for", async () => {
    const response = await get({ Range: "bytes=2-4" });

    expect(response.status).toBe(206);
    expect(await content(response)).toEqual([2, 3, 4]);
    expect(response.headers.get("Content-Range")).toBe("bytes 2-4/10");
  });

  it.each([
    [{ "If-None-Match": '"tag"' }, 304],
    [{ "If-None-Match": '"a", W/"tag"' }, 304],
    [{ "If-None-Match": '"other"' }, 200],
    [{ Range: "bytes=0-1", "If-Range": '"tag"' }, 206],
    [{ Range: "bytes=0-1", "If-Range": '"other"' }, 200],
    [{ "If-Match": "*" }, 200],
  ])("answers %j with %i", async (headers: Record<string, string>, status) => {
    expect((await get(headers)).status).toBe(status);
  });

  it("refuses another version than the caller knows", async () => {
    await expect(get({ "If-Match": '"other"' })).rejects.toMatchObject({ status: 412 });
  });

  it("says 404 when the object is gone", async () => {
    harness.bucket.objects.clear();

    await expect(get()).rejects.toMatchObject({ status: 404 });
  });
});
