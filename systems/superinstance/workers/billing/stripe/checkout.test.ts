import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { CheckoutSession } from "../api";
import { ACCOUNT, Harness, STRIPE_SECRET_KEY } from "../harness";

const EXPIRES = Date.parse("2026-11-30T12:00:00Z") / 1000;
const SESSION = { id: "cs_test_1", url: "https://checkout.example/c/pay/cs_test_1", expires_at: EXPIRES, object: "checkout.session" };

let harness: Harness;
let asked: Request[];
let stripe: () => Promise<Response> | Response;

beforeEach(() => {
  harness = new Harness();
  asked = [];
  stripe = () => Response.json(SESSION);
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    asked.push(new Request(url, init));
    return stripe();
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function checkout(fields: object = {}): Promise<Response> {
  return harness.ask("POST", "/checkout", { account_id: ACCOUNT, amount_cents: 2500, ...fields });
}

async function code(response: Response): Promise<[number, string]> {
  return [response.status, (await response.json<{ error: { code: string } }>()).error.code];
}

function refused(status: number, error: object): () => Response {
  return () => Response.json({ error: { message: `canary: ${STRIPE_SECRET_KEY}`, ...error } }, { status });
}

describe("a page to pay at (SI-1)", () => {
  it("is made by Stripe, for the account that asks", async () => {
    const answer = await checkout();

    expect(answer.status).toBe(201);
    expect(await answer.json<CheckoutSession>()).toEqual({
      id: SESSION.id,
      url: SESSION.url,
      amount_cents: 2500,
      expires_at: "2026-11-30T12:00:00.000Z",
    });
    const [request] = asked;
    const form = new URLSearchParams(await request?.text());
    expect(request?.url).toBe("https://stripe.example/v1/checkout/sessions");
    expect(request?.headers.get("Authorization")).toBe(`Bearer ${STRIPE_SECRET_KEY}`);
    expect(form.get("payment_intent_data[metadata][account_id]")).toBe(ACCOUNT);
    expect(form.get("line_items[0][price_data][unit_amount]")).toBe("2500");
    expect(form.get("adaptive_pricing[enabled]")).toBe("false");
  });

  it("has one key of idempotency for a request_id of an account, and another for that of another", async () => {
    await checkout({ request_id: "r-1" });
    await checkout({ request_id: "r-1" });
    await checkout({ request_id: "r-1", account_id: "acct-2" });
    await checkout();
    await checkout();

    const keys = asked.map(({ headers }) => headers.get("Idempotency-Key"));
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(4);
  });

  it.each(["TOPUP_SUCCESS_URL", "TOPUP_CANCEL_URL"] as const)("has another one once %s has changed: the caller asks for the same", async (name) => {
    await checkout({ request_id: "r-1" });
    harness.variables[name] = "https://moved.example/";
    await checkout({ request_id: "r-1" });
    await checkout({ request_id: "r-1", amount_cents: 5_000 });

    const [first, moved, another] = asked.map(({ headers }) => headers.get("Idempotency-Key"));
    expect([first === moved, moved === another]).toEqual([false, true]);
  });

  it.each(["STRIPE_SECRET_KEY", "TOPUP_SUCCESS_URL", "TOPUP_CANCEL_URL"] as const)("is not there without %s", async (name) => {
    harness.variables[name] = "";

    expect(await code(await checkout())).toEqual([501, "topups_not_set_up"]);
    expect(asked).toEqual([]);
  });

  it.each([499, 100_001])("of %s cents is refused, and nobody is asked", async (amount_cents) => {
    expect(await code(await checkout({ amount_cents }))).toEqual([400, "amount_refused"]);
    expect(asked).toEqual([]);
  });

  it.each<[string, () => Response | Promise<Response>, number, string]>([
    ["a key that Stripe does not take", refused(401, { type: "invalid_request_error" }), 502, "stripe_locked"],
    ["a form that it does not take", refused(400, { type: "invalid_request_error", code: "parameter_unknown" }), 502, "stripe_failed"],
    ["a fault of its own", refused(500, { type: "api_error" }), 502, "stripe_failed"],
    ["too many requests", refused(429, { type: "rate_limit_error" }), 503, "stripe_busy"],
    ["the same one that is running", refused(409, { type: "idempotency_error" }), 503, "stripe_busy"],
    ["another request by that id", refused(400, { type: "idempotency_error" }), 409, "request_id_reused"],
    ["an answer that is none", () => new Response("<html>"), 502, "stripe_failed"],
    ["a session without a page", () => Response.json({ ...SESSION, url: null }), 502, "stripe_failed"],
    ["no answer", () => Promise.reject(new Error("Network connection lost.")), 503, "stripe_unreachable"],
  ])("is not made after %s, and no log says what Stripe said", async (_, answer, status, said) => {
    stripe = answer;

    expect(await code(await checkout())).toEqual([status, said]);
    expect(harness.lines()).toContain("stripe_");
    expect(harness.lines()).not.toContain("canary");
  });

  it("is given up after twenty seconds", async () => {
    vi.useFakeTimers();
    stripe = () => new Promise(() => undefined);
    const answer = checkout();
    await vi.advanceTimersByTimeAsync(20_001);

    expect(await code(await answer)).toEqual([503, "stripe_unreachable"]);
  });
});
