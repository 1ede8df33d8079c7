import * as v from "valibot";

import type { Principal } from "#lib/bearer";
import { EdgeCache } from "#lib/edge_cache";
import type { JsonObject } from "#lib/json";
import type { ApiContext } from "#lib/route";
import { AtHand, type Kept } from "./at_hand";
import { cookieOf } from "./auth/cookie";
import { cacheSeconds } from "./config";
import type { Env } from "./env";
import { subjectOf, tokensBeside } from "./principal";

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

const KEPT = v.object({ text: v.string(), until: v.number() }) satisfies v.GenericSchema<Kept>;
const atHand = new WeakMap<Env, AtHand>();

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
 * one, so that no answer of before is found again, whatever it was about. As nothing is found without asking for the
 * generation, an isolate may have answers at hand: they need no second look-up.
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
    const whole = JSON.stringify([...asker(principal), generation.id, ...key]);
    const found = isBypassed ? undefined : await this.find(whole);
    if (found !== undefined) return reply(c, found, lifetime.browser, "HIT");
    const made = await make(isBypassed || generation.written + KV_BEHIND_MS > this.now());
    if ("degraded" in made) return c.json(made as JsonObject, 200, { "Cache-Control": "no-store" });
    const text = JSON.stringify(made);
    const kept = { text, until: this.now() + edge * 1000 };
    this.atHand.put(whole, kept);
    await this.cache.keep(whole, kept, edge);
    return reply(c, text, lifetime.browser, isBypassed ? "BYPASS" : "MISS");
  }

  /** Have nothing that was answered before be answered again to whoever reaches what *principal* changed. */
  async forget(c: ApiContext<Env>, principal: Principal): Promise<void> {
    const made = { id: crypto.randomUUID(), written: this.now() };
    const tokens = tokensBeside(this.env, principal);
    await Promise.all(tokens.map((token) => this.begin(token, made)));
    const cookie = `${UPDATED}=1; Max-Age=${UPDATED_SECONDS}; Path=/api; Secure; HttpOnly; SameSite=Strict`;
    c.header("Set-Cookie", cookie, { append: true });
  }

  /** The answer that is kept under *key*, `undefined` where none is that may still be given. */
  private async find(key: string): Promise<string | undefined> {
    const near = this.atHand.get(key, this.now());
    if (near !== undefined) return near.text;
    const kept = await this.cache.read(key);
    if (!v.is(KEPT, kept) || kept.until <= this.now()) return undefined;
    this.atHand.put(key, kept);
    return kept.text;
  }

  private get atHand(): AtHand {
    const known = atHand.get(this.env) ?? new AtHand();
    atHand.set(this.env, known);
    return known;
  }

  private async generation(token: string): Promise<Generation> {
    const kept = await this.cache.read(generationKey(token));
    if (v.is(GENERATION, kept)) return kept;
    // Somebody may write at this moment, whose generation this one replaces: what is read for it has to be of after.
    const made = { id: crypto.randomUUID(), written: this.now() };
    await this.begin(token, made);
    return made;
  }

  private async begin(token: string, generation: Generation): Promise<void> {
    await this.cache.keep(generationKey(token), generation, cacheSeconds(this.env).most);
  }
}

/**
 * Who asks, as far as answers depend on it. The id of a token alone would give the answers of before to who has it after a
 * deployment: the cache outlives that, and an id may be given anew, to another owner or for less.
 */
function asker({ tokenId, owners, scopes }: Principal): string[] {
  return [tokenId, subjectOf({ tokenId, owners }), [...scopes].sort().join(" ")];
}

function generationKey(token: string): string {
  return `generation ${token}`;
}

function reply(c: ApiContext<Env>, text: string, browser: number, status: "HIT" | "MISS" | "BYPASS"): Response {
  const headers = { "Cache-Control": `private, max-age=${browser}`, Vary: VARY, "X-Cache": status };
  return c.body(text, 200, { "Content-Type": "application/json", ...headers });
}
