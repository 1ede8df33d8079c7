// What a month is expected to cost. The local Cloudflare bills nobody, and cannot know more.

import { quiet, table } from "./parts.mjs";

/** Show the estimate of each stack. */
export function cost(place, { cost: lines, prices_of }) {
  const rows = lines.map(({ stack, what, quantity, dollars }) => [stack, what, quantity, dollars]);
  place.append(
    quiet("What runs here costs nothing. This is what a month would cost by the demand that the systems of each stack declare."),
    table("A month", ["stack", "what", "quantity", "$"], rows, "not known yet; make up tells it"),
    ...(prices_of ? [quiet(`Prices in US dollars, read on ${prices_of}; python -m ops cost has every line.`)] : []),
  );
}
