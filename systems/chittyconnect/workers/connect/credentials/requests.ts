import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";

const TIMEOUT_MS = 5_000;
// Who asks waits five seconds at most: what is to be tried later than that is told to them.
const RETRY_MS = [200, 800];
const LONGEST_RETRY_SECONDS = 1;
const BUSY: ReadonlySet<number> = new Set([429, 503]);
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

/** Where a Connect server is, and what it is asked with. */
export interface ConnectServer {
  url: string;
  token: string;
  /** The token before it, for where that one is refused; none where there is no other. */
  previous?: string;
  /** Headers for Access, where it stands before the server; none without. */
  access: Record<string, string>;
}

/** One question to a Connect server, of several requests: five seconds in all. */
export class ConnectRequests {
  private readonly deadline = AbortSignal.timeout(TIMEOUT_MS);
  private token: string;

  constructor(
    private readonly server: ConnectServer,
    private readonly fetcher: typeof fetch,
  ) {
    this.token = server.token;
  }

  /**
   * The JSON at *path*, `undefined` for 404. ApiError 503 when the server cannot be reached, is
   * busy for longer, or refuses the token; the log has the reason.
   */
  async get(path: string): Promise<unknown> {
    try {
      const response = await this.withEitherToken(path);
      if (response.ok) return await response.json();
      if (response.status === 404) return undefined;
      throw new StatusError(response.status);
    } catch (error) {
      log("error", "credential_store_failed", describeError(error));
      throw error instanceof StatusError && REFUSED.has(error.status) ? storeRefuses() : storeUnavailable();
    }
  }

  /** While one server is changed for another, each of them knows one of both tokens. */
  private async withEitherToken(path: string): Promise<Response> {
    const { previous } = this.server;
    const response = await this.patiently(path);
    if (!REFUSED.has(response.status) || previous === undefined || previous === this.token) return response;
    await response.body?.cancel();
    this.token = previous;
    return this.patiently(path);
  }

  private async patiently(path: string): Promise<Response> {
    for (const delay of RETRY_MS) {
      const response = await this.ask(path);
      if (!BUSY.has(response.status) || isLater(response)) return response;
      await response.body?.cancel();
      await new Promise((done) => setTimeout(done, delay));
    }
    return this.ask(path);
  }

  private ask(path: string): Promise<Response> {
    const { url, access } = this.server;
    const headers = { ...access, Authorization: `Bearer ${this.token}`, Accept: "application/json" };
    // A page to log in at, which Access leads to, is no answer: nothing is followed.
    const init: RequestInit = { headers, redirect: "manual", signal: this.deadline };
    return this.fetcher.call(undefined, url + path, init);
  }
}

class StatusError extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

function isLater(response: Response): boolean {
  return Number(response.headers.get("Retry-After") ?? 0) > LONGEST_RETRY_SECONDS;
}

/** 503: no answer, or none that can be read. */
export function storeUnavailable(): ApiError {
  return unavailable("credential_store_unavailable", "1Password Connect cannot be reached", 30);
}

function storeRefuses(): ApiError {
  return unavailable("credential_store_refused", "1Password Connect refuses the token of this service", 300);
}
