import { ApiError } from "#lib/errors";
import { routesOf, type ApiContext, type Route } from "#lib/route";
import { countBesides } from "./calls/call";
import type { Env } from "./env";
import { callerOf, type SCOPES } from "./principal";

const made = routesOf<Env, (typeof SCOPES)[number]>();
/** Of a question that was not understood, and so was never let in. */
const WRONG = ["invalid_request", "body_too_large", "not_priced"];

/** Makes an address. What asks models is counted where it is let in, everything else here, refusals as well: none is left out. */
export const route: typeof made = (spec) => {
  const its = made(spec);
  return { ...its, refused: count, handle: spec.scope === "ask" ? asking(its) : besides(its) };
};

function besides({ handle }: Route<Env>): Route<Env>["handle"] {
  return async (c) => {
    await count(c);
    return handle(c);
  };
}

function asking({ handle }: Route<Env>): Route<Env>["handle"] {
  return async (c) => {
    try {
      return await handle(c);
    } catch (error) {
      if (error instanceof ApiError && WRONG.includes(error.code)) await count(c);
      throw error;
    }
  };
}

function count(c: ApiContext<Env>): Promise<void> {
  const principal = c.get("principal");
  return countBesides(c.env, callerOf(principal), principal.tokenId);
}
