const GROUPS = 8;
const GROUPS_OF_A_NETWORK = 4;

/**
 * Return what limits of an address are counted by: the address itself, or the /64 network of one of IPv6, of which
 * whoever has one has all.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const groups = expanded(address).slice(0, GROUPS_OF_A_NETWORK);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":")}::/64`;
}

function expanded(address: string): string[] {
  const [before = "", after] = address.split("::");
  const first = before.split(":").filter(Boolean);
  if (after === undefined) return first;
  const last = after.split(":").filter(Boolean);
  const gap = Math.max(0, GROUPS - first.length - last.length);
  return [...first, ...new Array<string>(gap).fill("0"), ...last];
}
