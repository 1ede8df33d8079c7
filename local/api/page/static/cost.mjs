// What a month is expected to cost. The local Cloudflare bills nobody, and cannot know more.

import { quiet, table } from "./parts.mjs";

/** Show the estimate of the stack that was deployed last. */
export function cost(place, { cost: lines, prices_of, stack }) {
  const rows = lines.map(({ what, quantity, dollars }) => [what, quantity, dollars]);
  place.append(
    quiet(`What runs here costs nothing. This is what a month of ${stack || "the stack"} would cost by the demand that its systems declare.`),
    table("A month", ["what", "quantity", "$"], rows, "not known yet; make up tells it"),
    ...(prices_of ? [quiet(`Prices in US dollars, read on ${prices_of}; python -m ops cost has every line.`)] : []),
  );
}
