/** Where an object is made when it is first asked for: near to who asks. It stays there. */
export type Hint = "wnam" | "enam" | "weur" | "eeur" | "apac";

const WEST_OF_NORTH_AMERICA = -100;
const EAST_OF_EUROPE = 20;

/** The part of `request.cf` that says where a request comes from. */
export interface Place {
  continent?: unknown;
  longitude?: unknown;
}

const ELSEWHERE: Readonly<Record<string, Hint>> = { SA: "enam", AF: "weur", AS: "apac", OC: "apac" };

/** Return the region that is nearest to *place*, `undefined` where nothing is known of it. */
export function hintOf(place: Place | undefined): Hint | undefined {
  const longitude = Number(place?.longitude ?? 0);
  const continent = String(place?.continent);
  if (continent === "NA") return longitude < WEST_OF_NORTH_AMERICA ? "wnam" : "enam";
  if (continent === "EU") return longitude > EAST_OF_EUROPE ? "eeur" : "weur";
  return ELSEWHERE[continent];
}

/**
 * Return the object of *namespace* that is called *name*, made near to who asked by *request*. The stub's own type
 * cannot express what it answers.
 */
export function objectNear(namespace: DurableObjectNamespace, name: string, request: Request): unknown {
  const locationHint = hintOf(request.cf as Place | undefined);
  const options = locationHint === undefined ? {} : { locationHint };
  return namespace.get(namespace.idFromName(name), options);
}
