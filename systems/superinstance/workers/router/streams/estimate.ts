import { log } from "#lib/log";
import { NO_USAGE, type Usage } from "../models/cost";
import type { Meter } from "../providers/provider";

/** Providers' own rule of thumb for English. Other scripts have more tokens a character, and more bytes. */
const BYTES_A_TOKEN = 4;

/** Return what a stream has cost that was passed on to its end: what its events have said. */
export function usedInAll(meter: Meter, asked: number): Usage {
  if (meter.reported !== null) return meter.reported;
  log("error", "usage_missing", { bytes: meter.bytes });
  return usedSoFar(meter, asked);
}

/**
 * Return what a stream has cost that ended before it said so, as the client has left it.
 *
 * What its events have said counts; the rest is estimated by bytes: *asked* of the request, and those that passed.
 */
export function usedSoFar({ reported, bytes }: Meter, asked: number): Usage {
  const output = Math.max(reported?.output ?? 0, Math.ceil(bytes / BYTES_A_TOKEN));
  if (reported !== null) return { ...reported, output };
  return { ...NO_USAGE, input: Math.ceil(asked / BYTES_A_TOKEN), output };
}
