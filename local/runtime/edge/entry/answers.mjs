// What the edge answers itself, in the words of Cloudflare.

/** The answer to what is no name of a host. */
export function badHost() {
  return new Response("error code: 1003\nthis is no name of a host\n", { status: 400, headers: { "content-type": "text/plain; charset=utf-8" } });
}

/**
 * The answer where nothing answers.
 * @param {string} host
 */
export function nothingHere(host) {
  const text = `error code: 1016\nno worker answers at this address of ${host}\n`;
  return new Response(text, { status: 530, headers: { "content-type": "text/plain; charset=utf-8" } });
}

// What went wrong is in the worker's log; a client of Cloudflare does not see it either.
export function crashed() {
  return new Response("error code: 1101\n", { status: 500, headers: { "content-type": "text/plain" } });
}
