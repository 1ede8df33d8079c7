import { sha256 } from "./hash";

/** Who gets the new way. */
export interface Rollout {
  /** `true`: everybody, whatever the share. */
  everybody: boolean;
  /** Share of all keys, 0 to 1. */
  share: number;
}

/**
 * Place of *key* in [0, 1): the first 32 bits of its SHA-256. It never changes, so a larger share
 * only adds keys and a smaller one only takes some away.
 */
export async function position(key: string): Promise<number> {
  const digest = await sha256(key);
  return new DataView(digest.buffer).getUint32(0) / 2 ** 32;
}

/** Whether *key* gets the new way. */
export async function isSelected(key: string, rollout: Rollout): Promise<boolean> {
  return rollout.everybody || (await position(key)) < rollout.share;
}
