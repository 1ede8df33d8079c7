// Rules of the zones that act at the edge, and how often each has fired.

import { ask } from "./ask.mjs";
import { clock, code, opener, quiet, table } from "./parts.mjs";

/** Show every rule. */
export async function rules(place) {
  const found = await ask("rules");
  const heads = ["zone", "phase", "what", "action", "when", "fired", "last"];
  place.replaceChildren(
    quiet("Counted since the runtime began: a change of code, bindings or schedules begins anew."),
    opener("Count again", place, () => rules(place)),
    table("Rules that act at the edge", heads, found.map(ruleRow), "none"),
  );
}

function ruleRow({ zone, phase, description, id, action, expression, enabled, count, last }) {
  const shown = enabled === false ? "off" : count;
  return [zone, phase.replace("http_", ""), description || id, action, code(expression), shown, last ? clock(last) : ""];
}
