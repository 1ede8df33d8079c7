// A prime below 36^4: four digits of base 36 hold every remainder.
const MODULUS = 1_679_609;
const BASE = 36;
const DIGITS = 4;
// Such that the id of the API's first description, CHITTY-EVNT-0001234-A1B2, is one.
const REMAINDER = 1_502_832;

/**
 * Return the check value of *body*, digits and capital letters: four of them.
 *
 * An id is *body* and its check value, read as one number of base 36, whose remainder by a prime is fixed. A
 * wrong character changes that number by d·36^i with 0 < |d| < 36, a swap of neighbours by d·35·36^i: the prime
 * divides neither, so both are always found, in the check value too. Of other errors one in 1.7 million passes. It
 * guards against slips, not against forgers: whoever reads this can compute it.
 */
export function checkValue(body: string): string {
  const value = (REMAINDER - remainder(`${body}0000`) + MODULUS) % MODULUS;
  return value.toString(BASE).toUpperCase().padStart(DIGITS, "0");
}

/** Remainder of *text* as a number of base 36; no step leaves the integers that JavaScript is exact in. */
function remainder(text: string): number {
  let value = 0;
  for (const character of text) value = (value * BASE + parseInt(character, BASE)) % MODULUS;
  return value;
}
