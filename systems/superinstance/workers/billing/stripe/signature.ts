import { concat } from "#lib/body";
import { ApiError } from "#lib/errors";
import { constantTimeEqual, hex } from "#lib/hash";

// As Stripe's own libraries have it.
const TOLERANCE_SECONDS = 300;
const MOST_SIGNATURES = 16;

/**
 * Refuse a *body* that Stripe has not signed, by the header `Stripe-Signature`: `t=<seconds>,v1=<hex>`, with a
 * signature for each secret while one is rotated. Other schemes than v1 are not looked at.
 *
 * @param secrets Those of this endpoint; any of them will do.
 * @param now Milliseconds since 1970.
 */
export async function verify(body: Uint8Array, header: string | null, secrets: readonly string[], now: number): Promise<void> {
  const { time, signatures } = parsed(header ?? "");
  if (time === undefined || signatures.length === 0) throw refused("the header Stripe-Signature must be t=…,v1=…");
  const signed = await Promise.all(secrets.map((secret) => sign(`${time}.`, body, secret)));
  const isSigned = signed.map((own) => signatures.filter((given) => constantTimeEqual(own, given)).length).some((found) => found > 0);
  if (!isSigned) throw refused("no signature is of a secret of this endpoint");
  if (Math.abs(now / 1000 - Number(time)) > TOLERANCE_SECONDS) {
    throw refused(`the signature must be of the last ${TOLERANCE_SECONDS} seconds; send the event anew`);
  }
}

function parsed(header: string): { time: string | undefined; signatures: string[] } {
  const items = header.split(",").map((item) => item.trim().split("=", 2) as [string, string | undefined]);
  const valuesOf = (name: string): string[] => items.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
  const [time, ...more] = valuesOf("t");
  const isTime = time !== undefined && more.length === 0 && /^\d{1,12}$/.test(time);
  return { time: isTime ? time : undefined, signatures: valuesOf("v1").slice(0, MOST_SIGNATURES) };
}

async function sign(prefix: string, body: Uint8Array, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const head = encoder.encode(prefix);
  return hex(await crypto.subtle.sign("HMAC", key, concat([head, body], head.length + body.length)));
}

function refused(message: string): ApiError {
  return new ApiError(400, "signature_refused", message);
}
