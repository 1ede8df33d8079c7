import { expect, it } from "vitest";
import { createApi } from "./api";
import { healthHandler } from "./health";
import { FakeContext } from "./testing/context";

interface Env {
  API_TOKENS: string;
  CORS_ORIGIN: string;
  CF_VERSION_METADATA?: WorkerVersionMetadata;
}

const health = healthHandler<Env>({ service: "notes", version: "1", probes: {} });
const app = createApi<Env>({ base: "/api/v1", routes: [], health });

async function versionSaid(env: Partial<Env>): Promise<string | null> {
  const bound = { API_TOKENS: "", CORS_ORIGIN: "", ...env };
  const answer = await app.fetch(new Request("https://host/health"), bound, new FakeContext().binding);
  return answer.headers.get("X-Worker-Version");
}

it("says which version answers, where it is bound", async () => {
  const version = { id: "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e", tag: "", timestamp: "" };

  expect(await versionSaid({ CF_VERSION_METADATA: version })).toBe(version.id);
  expect(await versionSaid({})).toBeNull();
});
