// Cyclic redundancy checks that S3 has and Node has not. Each takes bytes and goes on from a state
// that an earlier call returned.

const CASTAGNOLI = 0x82f63b78;
/** The polynomial of CRC-64/NVME, its bits reversed, in two halves. */
const NVME = { high: 0x9a6c9329, low: 0xac4bc9b5 };

/** @typedef {{ high: number, low: number }} Wide 64 bits, in two halves */

const short = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CASTAGNOLI : value >>> 1;
  return value;
});

const wide = Array.from({ length: 256 }, (_, start) => {
  /** @type {Wide} */
  let value = { high: 0, low: start };
  for (let bit = 0; bit < 8; bit++) value = halved(value);
  return value;
});
const [highs, lows] = [Uint32Array.from(wide, ({ high }) => high), Uint32Array.from(wide, ({ low }) => low)];

/**
 * One step of the division.
 * @param {Wide} value
 * @returns {Wide}
 */
function halved({ high, low }) {
  const shifted = { high: high >>> 1, low: (low >>> 1) | (high << 31) };
  return low & 1 ? { high: shifted.high ^ NVME.high, low: shifted.low ^ NVME.low } : shifted;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} sum
 */
export function crc32c(bytes, sum) {
  let value = ~sum;
  for (const byte of bytes) value = (value >>> 8) ^ (short[(value ^ byte) & 0xff] ?? 0);
  return ~value >>> 0;
}

/**
 * @param {Uint8Array} bytes
 * @param {Wide} sum
 * @returns {Wide}
 */
export function crc64nvme(bytes, sum) {
  let [high, low] = [~sum.high, ~sum.low];
  for (const byte of bytes) {
    const place = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (lows[place] ?? 0);
    high = (high >>> 8) ^ (highs[place] ?? 0);
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}
