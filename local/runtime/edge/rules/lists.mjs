// Lists of addresses that rules know by name. A rule that was compiled before a list has changed looks into
// what it has now.

import { range } from "./language/addresses.mjs";

/** @import { Range } from "./language/addresses.mjs" */

/** @typedef {{ name: string, addresses: string[] }} Declared */

export class Lists {
  /** @type {Map<string, Range[]>} */
  #ranges = new Map();

  /** @param {Declared[]} declared */
  constructor(declared) {
    for (const { name, addresses } of declared) this.#ranges.set(name, merged(addresses));
  }

  /**
   * Whether the list of this name has the address; one that is not there has none.
   * @param {string} name
   * @param {string} address as `language/addresses.mjs` writes it
   */
  have(name, address) {
    const ranges = this.#ranges.get(name) ?? [];
    let [from, to] = [0, ranges.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (/** @type {Range} */ (ranges[middle]).low <= address) from = middle + 1;
      else to = middle;
    }
    const last = ranges[from - 1];
    return last !== undefined && address <= last.high;
  }
}

/**
 * Return the ranges of addresses in their order, those that overlap as one: so the last that begins at or
 * below an address is the only one that may have it.
 * @param {string[]} addresses
 */
function merged(addresses) {
  /** @type {Range[]} */
  const ranges = [];
  const sorted = addresses.flatMap((each) => range(each) ?? []).sort((a, b) => (a.low < b.low ? -1 : 1));
  for (const each of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && each.low <= last.high) last.high = each.high > last.high ? each.high : last.high;
    else ranges.push({ ...each });
  }
  return ranges;
}
