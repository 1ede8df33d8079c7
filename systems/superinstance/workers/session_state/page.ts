import type { SizeRow } from "./store/rows";

/**
 * Return as many of *sizes*, from the first on, as have at most *bytes* together.
 *
 * The first is among them however large it is, or nobody would ever get past it; not where *all fit* is asked for.
 */
export function fitting(sizes: readonly SizeRow[], bytes: number, how: "all fit" | "one at least" = "one at least"): SizeRow[] {
  let left = bytes;
  const end = sizes.findIndex((row, index) => {
    left -= row.bytes;
    return left < 0 && (index > 0 || how === "all fit");
  });
  return end === -1 ? [...sizes] : sizes.slice(0, end);
}
