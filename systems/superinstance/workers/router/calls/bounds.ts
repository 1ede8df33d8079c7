import { chargeOf } from "../../billing/money";
import { requiresBalance } from "../config";
import type { Env } from "../env";
import type { Model } from "../models/catalog";
import { mostNano } from "../models/cost";
import { bytesOf } from "../providers/provider";
import { TIER, type Bounds } from "./call";

/** Return the bounds of a call that sends *asked*, and *more* bytes, to one of *models*, and gets *outputTokens* at most. */
export function boundsOf(env: Env, models: readonly Model[], asked: object, outputTokens: number, leaseMs: number, more = 0): Bounds {
  // Nobody looks at it where no balance is asked for.
  if (!requiresBalance(env)) return { leaseMs, mostNano: 0n };
  const bytes = bytesOf(JSON.stringify(asked)) + more;
  const charges = models.map(({ rates }) => chargeOf(mostNano(rates, bytes, outputTokens), TIER));
  return { leaseMs, mostNano: charges.reduce((most, each) => (each > most ? each : most), 0n) };
}
