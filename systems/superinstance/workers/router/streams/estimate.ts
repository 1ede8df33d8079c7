import { log } from "#lib/log";
import { NO_USAGE, type Usage } from "../models/cost";
import type { Meter } from "../providers/provider";

/** Providers' own rule of thumb for English. Other scripts have more tokens a character, and more bytes. */
const BYTES_A_TOKEN = 4;

/** Return what an answer has cost that has come to its end: what it has said itself, or what can be estimated. */
export function usedInAll(meter: Pick<Meter, "reported" | "isFinal" | "bytes">, asked: number): Usage {
  if (!meter.isFinal) log("error", "usage_missing", { bytes: meter.bytes });
  return usedSoFar(meter, asked);
}

/**
 * Return what a stream has cost that may have ended before it said so, as the client has left it.
 *
 * What its provider has said of the whole answer counts. Until then what its events have said so far; the rest is
 * estimated by bytes: *asked* of the request, and those that passed.
 */
export function usedSoFar({ reported, isFinal, bytes }: Pick<Meter, "reported" | "isFinal" | "bytes">, asked: number): Usage {
  if (reported !== null && isFinal) return reported;
  const output = Math.max(reported?.output ?? 0, Math.ceil(bytes / BYTES_A_TOKEN));
  if (reported !== null) return { ...reported, output };
  return { ...NO_USAGE, input: Math.ceil(asked / BYTES_A_TOKEN), output };
}
