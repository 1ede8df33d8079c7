import { routesOf } from "#lib/route";
import { countBesides } from "./calls/call";
import type { Env } from "./env";
import { callerOf, type SCOPES } from "./principal";

const made = routesOf<Env, (typeof SCOPES)[number]>();

/** Makes an address. What asks models is counted where it is let in, everything else here: none is left out. */
export const route: typeof made = (spec) => {
  const its = made(spec);
  if (spec.scope === "ask") return its;
  return {
    ...its,
    handle: async (c) => {
      const principal = c.get("principal");
      await countBesides(c.env, callerOf(principal), principal.tokenId);
      return its.handle(c);
    },
  };
};
