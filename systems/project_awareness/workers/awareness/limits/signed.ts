import { constantTimeEqual, hex } from "#lib/hash";

/**
 * A text that says until when something is granted, signed: `<seconds since 1970>.<nonce>.<HMAC-SHA256, hexadecimal>`.
 * The signature is over `<purpose>:<seconds>.<nonce>`, so that what was signed for one purpose is good for no other.
 */
const FORM = /^(?<until>\d{10})\.(?<nonce>[0-9a-f]{16,64})\.(?<signature>[0-9a-f]{64})$/;

/** Whether *text* was signed by *key* for *purpose*, is not over, and lasts *longest* seconds from *now* at most. */
export async function isGranted(
  text: string,
  purpose: string,
  key: string,
  { now, longest }: { now: number; longest: number },
): Promise<boolean> {
  const { until, nonce, signature } = FORM.exec(text)?.groups ?? {};
  if (until === undefined || nonce === undefined || signature === undefined) return false;
  const seconds = Number(until) - now / 1000;
  const isRight = constantTimeEqual(signature, await sign(`${purpose}:${until}.${nonce}`, key));
  return isRight && seconds > 0 && seconds <= longest;
}

/** Sign for *purpose* until *until*, in seconds since 1970. */
export async function grant(purpose: string, key: string, until: number): Promise<string> {
  const nonce = hex(crypto.getRandomValues(new Uint8Array(8)));
  const whole = `${Math.floor(until)}.${nonce}`;
  return `${whole}.${await sign(`${purpose}:${whole}`, key)}`;
}

async function sign(text: string, key: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(key), algorithm, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", secret, new TextEncoder().encode(text)));
}
