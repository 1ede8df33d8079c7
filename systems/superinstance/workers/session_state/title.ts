const MOST_LETTERS = 60;
const MORE = "…";
/** A word that is longer than this part of the room is cut itself. */
const LEAST_SHARE = 0.5;
/** Characters looked at: the rest cannot come into a title. */
const LOOKED_AT = 2_000;
/** What turns the text around that comes after it: a title stands beside others. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Return a title for a conversation that begins with *content*: one line, cut between words. `null` where nothing is to be seen. */
export function titleOf(content: string): string | null {
  const line = content.slice(0, LOOKED_AT).replace(/[\s\p{Cc}]+/gu, " ").replace(DIRECTIONS, "").trim();
  const found = Array.from(letters.segment(line), ({ segment }) => segment);
  if (found.length === 0) return null;
  if (found.length <= MOST_LETTERS) return found.join("");
  const room = found.slice(0, MOST_LETTERS - 1);
  const space = room.concat(found[MOST_LETTERS - 1] ?? "").lastIndexOf(" ");
  const kept = space >= MOST_LETTERS * LEAST_SHARE ? room.slice(0, space) : room;
  return kept.join("").replace(/[\s\p{P}]+$/u, "") + MORE;
}
