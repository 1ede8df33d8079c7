/** The other vault of a server that has two of one name. */
export const SECOND_VAULT = "v2";

let servers = 0;

interface Item {
  id: string;
  title: string;
  fields: { label: string; value: string }[];
}

/** A Connect server with one vault, one item, one field, at an address of its own. */
export class ConnectServerDouble {
  readonly url = `http://connect-double-${servers++}:8080`;
  readonly asked: string[] = [];
  tokens = ["canary-connect"];
  vaults: { id: string }[] = [{ id: "v1" }];
  items: { id: string }[] = [{ id: "i1" }];
  details: Item = { id: "i1", title: "chittyid", fields: [{ label: "service_token", value: "canary-value" }] };
  /** Where the details are. */
  private place = "i1";
  /** Statuses of the next answers. Default: they are as asked for. */
  failing: number[] = [];
  retryAfter: string | undefined;
  headers: Record<string, string> = {};

  /** Give the item another id, as one that was made anew has. */
  move(id: string): void {
    this.place = id;
    this.items = [{ id }];
    this.details = { ...this.details, id };
  }

  readonly fetcher = ((input: string, init: { headers: Record<string, string> }): Promise<Response> => {
    const url = new URL(input);
    const path = decodeURIComponent(url.pathname + url.search);
    this.asked.push(path);
    this.headers = init.headers;
    return Promise.resolve(this.answer(path));
  }) as unknown as typeof fetch;

  private answer(path: string): Response {
    const failed = this.failing.shift();
    const later = this.retryAfter === undefined ? {} : { "Retry-After": this.retryAfter };
    if (failed !== undefined) return new Response(null, { status: failed, headers: later });
    const known = this.tokens.some((token) => this.headers["Authorization"] === `Bearer ${token}`);
    if (!known) return new Response(null, { status: 401 });
    const found = new Map<string, unknown>([
      ['/v1/vaults?filter=name eq "services"', this.vaults],
      ['/v1/vaults/v1/items?filter=title eq "chittyid"', this.items],
      [`/v1/vaults/v1/items/${this.place}`, this.details],
    ]).get(path);
    if (found === undefined && !path.includes("?")) return new Response(null, { status: 404 });
    return Response.json(found ?? []);
  }
}
