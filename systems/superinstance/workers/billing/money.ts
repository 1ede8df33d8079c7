// Dollars are whole numbers of 10^-9 dollar ("nano"), as text between workers and as bigint while they are reckoned
// with: 0.1 + 0.2 is a matter of floats, and so is anything above 2^53.

const NANO_A_CENT = 10_000_000n;
/** What charges are rounded up to: $0.001. */
const STEP_NANO = 1_000_000n;
const HUNDRED = 100n;

/** What the cost of a provider is multiplied by, in hundredths. */
const HUNDREDTHS = { local: 100n, cloud: 103n, knowledge: 130n } as const;

/** By what a request is multiplied: answered locally, by a provider, or with knowledge of the platform. */
export type MultiplierTier = keyof typeof HUNDREDTHS;

/** The tiers by name. */
export const TIERS = ["local", "cloud", "knowledge"] as const satisfies readonly MultiplierTier[];

/** Return what a request is charged that has cost *cost*: multiplied exactly, and rounded up to $0.001 once, at the end. */
export function chargeOf(cost: bigint, tier: MultiplierTier): bigint {
  const exact = cost * HUNDREDTHS[tier];
  const step = STEP_NANO * HUNDRED;
  return ((exact + step - 1n) / step) * STEP_NANO;
}

/** Return *cents* of a dollar in nano. */
export function nanoOfCents(cents: number): bigint {
  return BigInt(cents) * NANO_A_CENT;
}

/** Return *nano* as people read it: `$1.234`, `-$0.002`, rounded down to $0.001. */
export function dollars(nano: bigint): string {
  const below = nano < 0n;
  const steps = below ? (-nano + STEP_NANO - 1n) / STEP_NANO : nano / STEP_NANO;
  const text = String(steps).padStart(4, "0");
  return `${below ? "-" : ""}$${text.slice(0, -3)}.${text.slice(-3)}`;
}
