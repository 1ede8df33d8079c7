import { authenticate, presentedIn, tokensOf, type Principal } from "#lib/bearer";
import { CLOCK } from "#lib/clock";
import { ApiError } from "#lib/errors";
import type { ApiContext } from "#lib/route";
import type { Env } from "./env";

/** Path that answers callers without a token as well: there it knows of no project. */
const SUGGESTIONS_PATH = "/api/projects/suggestions";

/** Who asks without a token. */
const NOBODY: Principal = { tokenId: "", scopes: ["suggestions"], owners: [], expires: null };

const SOCKET_TOKEN = "bearer.";
const METADATA = "/.well-known/oauth-protected-resource/mcp";
const asked = new WeakMap<Request, Promise<Principal>>();

/** Say who asks, once for a request. ApiError 401 when nobody does and the address wants somebody. */
export function identify(c: ApiContext<Env>): Promise<Principal> {
  const known = asked.get(c.req.raw);
  if (known !== undefined) return known;
  const answer = look(c);
  // Asked for ahead of the route as well, where it is no matter that nobody is known.
  answer.catch(() => undefined);
  asked.set(c.req.raw, answer);
  return answer;
}

/**
 * Whose data *principal* reaches: that of the first owner its token is bound to, else the token's own. Tokens of one
 * owner, as one for each platform, share it.
 */
export function subjectOf({ tokenId, owners }: Pick<Principal, "tokenId" | "owners">): string {
  const owner = owners?.[0];
  return owner === undefined ? `token:${tokenId}` : `owner:${owner}`;
}

/** Ids of all tokens that reach what *principal* reaches. */
export function tokensBeside(env: Env, principal: Principal): string[] {
  const subject = subjectOf(principal);
  const all = tokensOf(env).map(({ id, owners }) => ({ tokenId: id, owners }));
  return all.filter((each) => subjectOf(each) === subject).map(({ tokenId }) => tokenId);
}

async function look(c: ApiContext<Env>): Promise<Principal> {
  const authorization = c.req.header("Authorization") ?? socketToken(c);
  if (authorization === undefined && c.req.path === SUGGESTIONS_PATH) return NOBODY;
  try {
    const found = await authenticate(authorization ?? null, tokensOf(c.env), CLOCK.now());
    return { ...found, scopes: [...found.scopes, "self", "suggestions"] };
  } catch (error) {
    throw c.req.path === "/mcp" && error instanceof ApiError ? withMetadata(error, c.env) : error;
  }
}

/** A page cannot give a WebSocket headers, but it can offer protocols: `chittyos` and `bearer.<token>`. */
function socketToken(c: ApiContext<Env>): string | undefined {
  if (c.req.path !== "/ws") return undefined;
  const offered = (c.req.header("Sec-WebSocket-Protocol") ?? "").split(",").map((each) => each.trim());
  const token = offered.find((each) => each.startsWith(SOCKET_TOKEN));
  return token === undefined ? undefined : `Bearer ${token.slice(SOCKET_TOKEN.length)}`;
}

/** Clients of MCP look for what guards the endpoint in that header. */
function withMetadata({ status, code, message }: ApiError, { OWN_ORIGIN }: Env): ApiError {
  const challenge = `Bearer realm="chittyos", resource_metadata="${OWN_ORIGIN}${METADATA}"`;
  return new ApiError(status, code, message, { "WWW-Authenticate": challenge });
}

/** Whether the request presents any token at all. */
export function presents(c: ApiContext<Env>): boolean {
  return presentedIn(c.req.header("Authorization") ?? socketToken(c) ?? null) !== "";
}
