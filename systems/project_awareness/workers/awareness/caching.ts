import * as v from "valibot";

import type { Principal } from "#lib/bearer";
import { EdgeCache } from "#lib/edge_cache";
import type { JsonObject } from "#lib/json";
import type { ApiContext } from "#lib/route";
import { cookieOf } from "./auth/cookie";
import { cacheSeconds } from "./config";
import type { Env } from "./env";
import { tokensBeside } from "./principal";

/** How long an answer may be kept, in seconds. */
export interface Lifetime {
  browser: number;
  edge: number;
}

/** What else than the address and the origin an answer depends on; caches on the way have to know. */
const VARY = "Authorization, Cookie";

/** The cookie of a client that has just changed something: what it reads next comes from the source. */
const UPDATED = "session_updated";
const UPDATED_SECONDS = 60;

/** Copies in KV may be that much older than what was written. */
const KV_BEHIND_MS = 90_000;

const GENERATION = v.object({ id: v.string(), written: v.number() });
type Generation = v.InferOutput<typeof GENERATION>;

/**
 * What is made when the cache has no answer: *isFresh* says that copies in KV may be behind. An answer that says
 * `degraded` is not kept.
 */
type Make = (isFresh: boolean) => Promise<object>;

/**
 * Answers in the cache of the data centre, under keys that begin with the token that asked: none is ever given to
 * another (PA-7).
 *
 * Each token has a generation there, which is part of its keys. Whoever writes gives all tokens of the subject a new
 * one, so that no answer of before is found again, whatever it was about.
 */
export class AnswerCache {
  private readonly cache: EdgeCache;

  constructor(
    private readonly env: Env,
    private readonly now: () => number,
  ) {
    this.cache = new EdgeCache(env.OWN_ORIGIN, "answers");
  }

  /**
   * Answer from the cache, or with what *make* gives.
   *
   * @param key Names what is asked for, with everything the answer depends on but the token.
   */
  async answer(c: ApiContext<Env>, principal: Principal, key: readonly string[], lifetime: Lifetime, make: Make): Promise<Response> {
    const edge = Math.min(lifetime.edge, cacheSeconds(this.env).most);
    const isBypassed = cookieOf(c, UPDATED) !== undefined;
    const generation = await this.generation(principal.tokenId);
    const whole = JSON.stringify([principal.tokenId, generation.id, ...key]);
    const found = isBypassed ? undefined : await this.cache.read(whole);
    if (found !== undefined) return reply(c, found as object, lifetime.browser, "HIT");
    const made = await make(isBypassed || generation.written + KV_BEHIND_MS > this.now());
    if ("degraded" in made) return c.json(made as JsonObject, 200, { "Cache-Control": "no-store" });
    await this.cache.keep(whole, made, edge);
    return reply(c, made, lifetime.browser, isBypassed ? "BYPASS" : "MISS");
  }

  /** Have nothing that was answered before be answered again to whoever reaches what *principal* changed. */
  async forget(c: ApiContext<Env>, principal: Principal): Promise<void> {
    const made = { id: crypto.randomUUID(), written: this.now() };
    const tokens = tokensBeside(this.env, principal);
    await Promise.all(tokens.map((token) => this.begin(token, made)));
    const cookie = `${UPDATED}=1; Max-Age=${UPDATED_SECONDS}; Path=/api; Secure; HttpOnly; SameSite=Strict`;
    c.header("Set-Cookie", cookie, { append: true });
  }

  private async generation(token: string): Promise<Generation> {
    const kept = await this.cache.read(generationKey(token));
    if (v.is(GENERATION, kept)) return kept;
    const made = { id: crypto.randomUUID(), written: 0 };
    await this.begin(token, made);
    return made;
  }

  private async begin(token: string, generation: Generation): Promise<void> {
    await this.cache.keep(generationKey(token), generation, cacheSeconds(this.env).most);
  }
}

function generationKey(token: string): string {
  return `generation ${token}`;
}

function reply(c: ApiContext<Env>, body: object, browser: number, status: "HIT" | "MISS" | "BYPASS"): Response {
  return c.json(body as JsonObject, 200, { "Cache-Control": `private, max-age=${browser}`, Vary: VARY, "X-Cache": status });
}
