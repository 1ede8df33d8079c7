import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
} from "jose";

import { readJson } from "#lib/body";
import { describeError, log } from "#lib/log";

const FETCH_MS = 5_000;
/** An unknown key has the set fetched again, at most so often. */
const COOLDOWN_MS = 30_000;
/** A set is believed for so long, then fetched again. */
const BELIEVED_MS = 600_000;
/** While none can be fetched, the last one is believed for so long. */
const STALE_MS = 86_400_000;
/** After a failure nobody is asked for so long. */
const AFTER_FAILURE_MS = 5_000;
const SET_BYTES = 262_144;

/** The keys of the issuer cannot be had: nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override readonly name = "KeysUnavailableError";
}

/**
 * The public keys of an issuer, kept in the isolate.
 *
 * A key that is not known has them fetched again, so that a rotation is noticed at once; whoever brings one meanwhile
 * is told to come again, for `jose` would fetch for each. While the issuer cannot be reached, known keys go on for a day.
 */
export class KeySource {
  private failedAt = -Infinity;
  private fetchedAt = -Infinity;
  private askedAt = -Infinity;
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;

  constructor(url: URL) {
    this.remote = createRemoteJWKSet(url, {
      timeoutDuration: FETCH_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: BELIEVED_MS,
      [customFetch]: (address, options) => this.ask(address, options),
    });
  }

  /** Return the key that a token was signed with. KeysUnavailableError when it cannot be had; of `jose`, when there is none. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    try {
      return await this.remote(header, token);
    } catch (error) {
      if (!(error instanceof KeysUnavailableError)) throw error;
      return this.remembered(header, token, error);
    }
  };

  /** Have a set at hand. KeysUnavailableError when none can be had. */
  async ready(): Promise<void> {
    if (!this.remote.fresh) await this.remote.reload();
  }

  /** Whether somebody fetches them. One who went away in the middle of it is waited for as long as a fetch may take. */
  private get isAsking(): boolean {
    return this.askedAt > Math.max(this.fetchedAt, this.failedAt) && Date.now() - this.askedAt < FETCH_MS;
  }

  private async remembered(header: JWTHeaderParameters, token: FlattenedJWSInput, cause: KeysUnavailableError): Promise<Key> {
    const set = this.remote.jwks();
    if (set === undefined || Date.now() - this.fetchedAt > STALE_MS) throw cause;
    try {
      return await createLocalJWKSet(set)(header, token);
    } catch (error) {
      // It may be a key that is newer than what is remembered.
      throw error instanceof errors.JWKSNoMatchingKey ? cause : error;
    }
  }

  private async ask(...[url, options]: Parameters<typeof fetch>): Promise<Response> {
    if (Date.now() - this.failedAt < AFTER_FAILURE_MS) throw new KeysUnavailableError("it has failed a moment ago");
    if (this.isAsking && this.remote.jwks() !== undefined) throw new KeysUnavailableError("they are being fetched");
    this.askedAt = Date.now();
    try {
      const set = await fetchSet(url, options);
      this.fetchedAt = Date.now();
      return Response.json(set);
    } catch (error) {
      this.failedAt = Date.now();
      log("error", "jwks_unavailable", describeError(error));
      throw new KeysUnavailableError("the keys of the issuer cannot be fetched", { cause: error });
    }
  }
}

async function fetchSet(...asked: Parameters<typeof fetch>): Promise<JSONWebKeySet> {
  const answer = await fetch(...asked);
  if (answer.status !== 200) throw new Error(`JWKS_URL answers ${answer.status}`);
  const set = (await readJson(answer as unknown as Request, SET_BYTES)) as unknown as JSONWebKeySet;
  createLocalJWKSet(set);
  return set;
}

type Key = Awaited<ReturnType<JWTVerifyGetKey>>;

const sources = new Map<string, KeySource>();

/** Return the keys at *url*, the same for all requests to an isolate. */
export function keysAt(url: URL): KeySource {
  const known = sources.get(url.href) ?? new KeySource(url);
  sources.set(url.href, known);
  return known;
}

/** Forget all keys, as a new isolate has. */
export function forgetKeys(): void {
  sources.clear();
}
