import { describe, expect, it } from "vitest";

import { documentLimits, rollout, sessionLimits, storageEnabled } from "./config";
import type { Env } from "./env";

const env = (variables: Partial<Env>): Env => variables as Env;

describe("rollout", () => {
  it.each([
    ["true", "0.10", { everybody: true, share: 0.1 }],
    ["false", "0.25", { everybody: false, share: 0.25 }],
    ["", "", { everybody: false, share: 0 }],
  ])("reads %s and %s", (everybody, share, expected) => {
    const variables = { ENABLE_DURABLE_OBJECTS: everybody, DO_ROLLOUT_PERCENTAGE: share };

    expect(rollout(env(variables))).toEqual(expected);
  });

  it.each(["1.1", "-0.1", "ten"])("refuses the share %s", (share) => {
    expect(() => rollout(env({ DO_ROLLOUT_PERCENTAGE: share }))).toThrow(
      "DO_ROLLOUT_PERCENTAGE must be a number from 0 to 1",
    );
  });

  it("refuses a switch that is neither on nor off", () => {
    expect(() => storageEnabled(env({ ENABLE_R2_STORAGE: "yes" }))).toThrow(
      "ENABLE_R2_STORAGE must be true or false",
    );
  });
});

describe("limits", () => {
  it("have defaults", () => {
    expect(sessionLimits(env({}))).toEqual({ ttlSeconds: 86_400, maxBytes: 131_072 });
    expect(documentLimits(env({})).maxUploadBytes).toBe(104_857_600);
  });

  it.each(["0", "-1", "1.5", "1e3", "many"])("refuse %s", (value) => {
    expect(() => sessionLimits(env({ SESSION_MAX_BYTES: value }))).toThrow(
      "SESSION_MAX_BYTES must be a positive whole number",
    );
  });
});
