import { describe, expect, it } from "vitest";

import { chargeOf, nanoOfCents, type MultiplierTier } from "./money";

describe("a charge (SI-3)", () => {
  it.each([
    ["1000 in and 500 out of Claude 3.5 Sonnet by the cloud", 1000n * 3000n + 500n * 15_000n, "cloud", 11_000_000n],
    ["the same of GPT-4 Turbo", 1000n * 10_000n + 500n * 30_000n, "cloud", 26_000_000n],
    ["the same locally", 10_500_000n, "local", 11_000_000n],
    ["the same with knowledge", 10_500_000n, "knowledge", 14_000_000n],
    ["nothing", 0n, "cloud", 0n],
    ["the least there is", 1n, "local", 1_000_000n],
    ["a whole step", 1_000_000n, "local", 1_000_000n],
    ["a hair above it", 1_000_001n, "local", 2_000_000n],
    ["a step after it is multiplied, exactly", 100_000_000n, "cloud", 103_000_000n],
    ["a hair above a step after it is multiplied", 100_000_001n, "cloud", 104_000_000n],
    ["more than a float can hold", 999_999_999_999_999n, "knowledge", 1_300_000_000_000_000n],
  ] as [string, bigint, MultiplierTier, bigint][])("of %s", (_, cost, tier, charge) => {
    expect(chargeOf(cost, tier)).toBe(charge);
  });

  it("is in the same unit as a payment", () => {
    expect(nanoOfCents(500)).toBe(5_000_000_000n);
  });
});
