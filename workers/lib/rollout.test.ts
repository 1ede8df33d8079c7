import { describe, expect, it } from "vitest";

import { isSelected, position } from "./rollout";

const KEYS = Array.from({ length: 2000 }, (_, index) => `session-${index}`);

async function selected(share: number): Promise<Set<string>> {
  const chosen = new Set<string>();
  for (const key of KEYS) {
    if (await isSelected(key, { everybody: false, share })) chosen.add(key);
  }
  return chosen;
}

describe("isSelected", () => {
  it("selects about the share", async () => {
    expect((await selected(0.1)).size / KEYS.length).toBeCloseTo(0.1, 1);
    expect((await selected(0.5)).size / KEYS.length).toBeCloseTo(0.5, 1);
  });

  it("selects nobody at 0 and everybody at 1", async () => {
    expect((await selected(0)).size).toBe(0);
    expect((await selected(1)).size).toBe(KEYS.length);
  });

  it("keeps everybody it had when the share grows, and adds nobody when it shrinks", async () => {
    const [tenth, quarter] = [await selected(0.1), await selected(0.25)];

    expect([...tenth].filter((key) => !quarter.has(key))).toEqual([]);
    expect(quarter.size).toBeGreaterThan(tenth.size);
  });

  it("selects everybody whatever the share, when told so", async () => {
    expect(await isSelected("any", { everybody: true, share: 0 })).toBe(true);
  });
});

it("position is the first 32 bits of SHA-256", async () => {
  // printf 'session-1' | sha256sum
  expect(await position("session-1")).toBe(0x84097828 / 2 ** 32);
});
