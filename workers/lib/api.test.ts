import { beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";

import { createApi } from "./api";
import type { TokensEnv } from "./bearer";
import { sha256Hex } from "./hash";
import { healthHandler } from "./health";
import { routesOf, type ApiEnv, type Call } from "./route";
import { FakeContext } from "./testing/context";
import { object, parameters, text, wholeNumber, type Schema } from "./schema";

interface Env extends ApiEnv, TokensEnv {
  LIMIT: number;
}

// A whole API: schemas, routes, done.
const NOTE = object({ text: text(/^.{1,9}$/, "1 to 9 characters") });
const ID = parameters({ noteId: wholeNumber(1, 9) });
const route = routesOf<Env, "notes:read" | "notes:write">();
const refused: string[] = [];
const ROUTES = [
  route({ method: "GET", path: "/notes/:noteId", scope: "notes:read", params: ID, handle: read }),
  route({
    method: "PUT",
    path: "/notes/:noteId",
    scope: "notes:write",
    params: ID,
    body: { schema: () => NOTE, limit: (env) => env.LIMIT, optional: true },
    handle: write,
    refused: (c) => {
      refused.push(c.get("principal").tokenId);
    },
  }),
  route({ method: "GET", path: "/moved", scope: "notes:read", handle: () => Response.redirect("https://a.example/") }),
  route({
    method: "GET",
    path: "/kept",
    scope: "notes:read",
    handle: ({ c }) => c.body("", 200, { "Cache-Control": "private, max-age=60" }),
  }),
  route({ method: "POST", path: "/broken", scope: "notes:read", handle: ({ body }) => body() as never }),
];

function read({ c, params }: Call<Env, typeof ID, Schema, Schema>): Response {
  return c.json(params);
}

async function write({ c, params, body }: Call<Env, typeof ID, Schema, typeof NOTE>): Promise<Response> {
  return c.json({ ...params, ...(await body()) });
}

const health = healthHandler<Env>({ service: "notes", version: "1", probes: {} });
const app = createApi<Env>({ base: "/api/v1", routes: ROUTES, health });
/** Promises that an answer may wait for between a worker and the client. */
const HANDS = 100;
const ORIGINS = "https://a.example, https://b.example";
let logged: MockInstance;

beforeEach(() => {
  refused.length = 0;
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  logged = vi.spyOn(console, "info").mockImplementation(() => undefined);
});

async function ask(path: string, init: RequestInit = {}, changes: Partial<Env> = {}): Promise<Response> {
  const token = { id: "ci", sha256: await sha256Hex("right"), scopes: ["notes:read"] };
  const env: Env = { API_TOKENS: JSON.stringify([token]), CORS_ORIGIN: ORIGINS, LIMIT: 20, ...changes };
  const headers = { Authorization: "Bearer right", ...(init.headers as Record<string, string>) };
  return settled((context) => app.fetch(new Request(`https://host${path}`, { ...init, headers }), env, context));
}

/** What *answer* gives, with what goes on after it done. */
async function settled(answer: (context: ExecutionContext) => Promise<Response> | Response): Promise<Response> {
  const context = new FakeContext();
  const given = await answer(context.binding);
  await context.settled();
  return given;
}

async function writer(): Promise<Partial<Env>> {
  const token = { id: "writer", sha256: await sha256Hex("right"), scopes: ["notes:write"] };
  return { API_TOKENS: JSON.stringify([token]) };
}

async function messageOf(response: Response): Promise<string> {
  return (await response.json<{ error: { message: string } }>()).error.message;
}

describe("a route", () => {
  it("gets its parameters and body as its schemas read them", async () => {
    const body = JSON.stringify({ text: "a" });

    expect(await (await ask("/api/v1/notes/7")).json()).toEqual({ noteId: 7 });
    const written = await ask("/api/v1/notes/7", { method: "PUT", body }, await writer());
    expect(await written.json()).toEqual({ noteId: 7, text: "a" });
  });

  it.each<[string, string, string | null, number, string]>([
    ["GET", "/notes/0", null, 400, "noteId in the address must be a whole number from 1 to 9"],
    ["PUT", "/notes/1", "[]", 400, "the body must be a JSON object"],
    ["PUT", "/notes/1", "{", 400, "the body must be JSON in UTF-8"],
    ["PUT", "/notes/1", null, 400, "text must be 1 to 9 characters"],
    ["PUT", "/notes/1", JSON.stringify({ text: "a".repeat(20) }), 413, "the body must not be larger than 20 bytes"],
    ["DELETE", "/notes/1", null, 405, "this address takes HEAD, GET, PUT"],
    ["GET", "/nowhere", null, 404, "there is nothing at this address"],
    ["POST", "/broken", "{}", 500, "something went wrong, it has been logged"],
  ])("%s %s with %s answers %i", async (method, path, body, status, message) => {
    const changes = method === "PUT" ? await writer() : {};

    const response = await ask(`/api/v1${path}`, { method, body }, changes);

    expect([response.status, await messageOf(response)]).toEqual([status, message]);
  });

  it("is told of those whom it does not take", async () => {
    const response = await ask("/api/v1/notes/1", { method: "PUT", body: "{}" });

    expect([response.status, refused]).toEqual([403, ["ci"]]);
  });

  it("is on record with who asked, never with a token or a query", async () => {
    await ask("/api/v1/notes/1?q=canary");
    await ask("/api/v1/notes/1", { headers: { Authorization: "Bearer wrong" } });

    const lines = logged.mock.calls.map(String);
    expect(lines[0]).toMatch(/"path":"\/api\/v1\/notes\/1","status":200,"milliseconds":\d+,"token":"ci"/);
    expect(lines[1]).toContain('"status":401');
    expect(lines.join("")).not.toMatch(/canary|right|wrong/);
  });

  it("is on record once its answer is on its way, which has passed through other hands by then", async () => {
    const context = new FakeContext();
    const env: Env = { API_TOKENS: "[]", CORS_ORIGIN: ORIGINS, LIMIT: 1 };

    const answer = await app.fetch(new Request("https://host/health"), env, context.binding);
    for (let hand = 0; hand < HANDS; hand += 1) await Promise.resolve();
    expect([answer.status, logged.mock.calls]).toEqual([200, []]);

    await context.settled();
    expect(logged.mock.calls.map(String)).toEqual([expect.stringContaining('"path":"/health","status":200')]);
  });
});

/** What a browser takes apart at commas. */
function list(response: Response, header: string): string[] {
  return (response.headers.get(header) ?? "").split(",").map((each) => each.trim());
}

const PREFLIGHT = { "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-a" };

// Of an answer that takes no headers, too: a redirect's own are fixed.
describe.each<[string, string, RequestInit]>([
  ["an answer", "/api/v1/notes/1", {}],
  ["an answer whose headers are fixed", "/api/v1/moved", {}],
  ["a refusal", "/api/v1/notes/0", {}],
  ["an error inside", "/api/v1/broken", { method: "POST" }],
  ["a wrong method", "/api/v1/notes/1", { method: "DELETE" }],
  ["nobody's address", "/nowhere", {}],
  ["no token", "/api/v1/notes/1", { headers: { Authorization: "" } }],
  ["health", "/health", {}],
  ["a preflight", "/api/v1/notes/1", { method: "OPTIONS", headers: PREFLIGHT }],
])("%s", (_, path, init) => {
  it("carries what FW-5 asks", async () => {
    const { headers } = await ask(path, init);

    expect(headers.get("Strict-Transport-Security")).toBe("max-age=31536000; includeSubDomains");
    expect(headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    );
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("X-Frame-Options")).toBe("DENY");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Permissions-Policy")).toBe("camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  });

  it.each([
    ["https://b.example", "https://b.example"],
    ["https://evil.example", "https://a.example"],
    [undefined, "https://a.example"],
  ])("may be read by who is configured, asked from %s", async (origin, granted) => {
    const headers = { ...(init.headers as object), ...(origin === undefined ? {} : { Origin: origin }) };

    const response = await ask(path, { ...init, headers });

    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(granted);
    expect(list(response, "Access-Control-Expose-Headers")).toEqual(["ETag"]);
    expect(list(response, "Vary")).toContain("Origin");
    expect(response.headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  it("may be read by nobody without configuration", async () => {
    const headers = { ...(init.headers as object), Origin: "https://a.example" };

    const response = await ask(path, { ...init, headers }, { CORS_ORIGIN: "" });

    expect(response.headers.has("Access-Control-Allow-Origin")).toBe(false);
  });
});

describe("caches", () => {
  it.each<[string, RequestInit]>([
    ["/notes/1", {}],
    ["/moved", {}],
    ["/notes/0", {}],
    ["/nowhere", {}],
    ["/broken", { method: "POST" }],
    ["/notes/1", { method: "DELETE" }],
    ["/notes/1", { headers: { Authorization: "" } }],
  ])("keep nothing of %s", async (path, init) => {
    expect((await ask(`/api/v1${path}`, init)).headers.get("Cache-Control")).toBe("no-store");
  });

  it("keep what an answer lets them", async () => {
    expect((await ask("/api/v1/kept")).headers.get("Cache-Control")).toBe("private, max-age=60");
  });
});

describe("a preflight", () => {
  it("is answered for an hour, to everybody, whatever the address", async () => {
    const response = await ask("/api/v1/nowhere", { method: "OPTIONS", headers: { ...PREFLIGHT, Authorization: "" } });

    expect(response.status).toBe(204);
    expect(response.headers.get("Access-Control-Max-Age")).toBe("3600");
    // The wildcard does not stand for Authorization.
    expect(list(response, "Access-Control-Allow-Headers")).toEqual(["*", "Authorization"]);
    expect(list(response, "Access-Control-Allow-Methods")).toEqual(expect.arrayContaining(["GET", "PUT", "POST", "DELETE", "PATCH"]));
  });

  it("is no other OPTIONS", async () => {
    expect((await ask("/api/v1/notes/1", { method: "OPTIONS" })).status).toBe(405);
  });
});

describe("an API with parts of its own", () => {
  const seen: [string, number, boolean][] = [];
  const own = createApi<Env>({
    base: "",
    guarded: ["/moved", "/notes"],
    identify: (c) => Promise.resolve({ tokenId: c.req.header("X-Who") ?? "", scopes: ["notes:read"], owners: null, expires: null }),
    routes: ROUTES,
    health: healthHandler<Env>({ service: "notes", version: "1", probes: {}, more: () => ({ mood: "good" }) }),
    open: { "/docs": (c) => c.text("all of it") },
    around: [
      async (c, next) => {
        await next();
        seen.push([c.req.method, c.res.status, c.res.headers.has("Cache-Control")]);
      },
    ],
  });
  const env: Env = { API_TOKENS: "not asked for", CORS_ORIGIN: "", LIMIT: 20 };
  const visit = async (path: string, init: RequestInit = {}): Promise<Response> =>
    settled((context) => own.fetch(new Request(`https://host${path}`, init), env, context));

  it("knows by itself who asks", async () => {
    expect((await visit("/notes/7", { headers: { "X-Who": "somebody" } })).status).toBe(200);

    expect(logged.mock.calls.map(String).join("")).toContain('"token":"somebody"');
  });

  it("answers everybody what is open, and by GET alone", async () => {
    expect(await (await visit("/docs")).text()).toBe("all of it");
    expect((await visit("/docs", { method: "PUT" })).headers.get("Allow")).toBe("HEAD, GET");
    expect((await visit("/nowhere")).status).toBe(404);
  });

  it("shows each answer as it goes out to what runs around it", async () => {
    seen.length = 0;
    await visit("/notes/7");
    await visit("/nowhere");
    await visit("/notes/7", { method: "OPTIONS", headers: { "Access-Control-Request-Method": "GET" } });

    expect(seen).toEqual([
      ["GET", 200, true],
      ["GET", 404, true],
      ["OPTIONS", 204, true],
    ]);
  });

  it("says more of its health", async () => {
    expect(await (await visit("/health")).json()).toMatchObject({ status: "healthy", mood: "good", checks: {} });
  });
});

describe("health", () => {
  const fails = (): Promise<never> => Promise.reject(new Error("out"));
  const works = (): Promise<void> => Promise.resolve();

  it.each<[string, Record<string, () => Promise<unknown>>, string]>([
    ["one of what it can do without is out", { a: fails, b: works }, "degraded"],
    ["all of what it can do without is out, and nothing is left", { a: fails, b: fails }, "unhealthy"],
    ["what it needs is out", { a: works, c: fails }, "unhealthy"],
  ])("when %s", async (_, probes, status) => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const parts = { service: "notes", version: "1", probes, dispensable: ["a", "b"] };
    const watched = createApi<Env>({ base: "/api/v1", routes: [], health: healthHandler<Env>(parts) });

    const answer = await watched.fetch(new Request("https://host/health"), { API_TOKENS: "", CORS_ORIGIN: "", LIMIT: 1 }, new FakeContext().binding);

    expect(await answer.json()).toMatchObject({ status });
  });
});
