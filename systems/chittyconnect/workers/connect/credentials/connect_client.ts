import * as v from "valibot";

import { ApiError } from "#lib/errors";
import { KnownIds, type Place } from "./known_ids";
import { ConnectRequests, storeUnavailable, type ConnectServer } from "./requests";

const FOUND = v.array(v.object({ id: v.string() }));
const ITEM = v.object({
  id: v.string(),
  title: v.string(),
  fields: v.array(v.object({ label: v.optional(v.unknown()), value: v.optional(v.unknown()) })),
});
type Item = v.InferOutput<typeof ITEM>;

const KNOWN = new KnownIds();

/** Reads items of a 1Password Connect server. It sees the vaults of its token, no others. */
export class ConnectClient {
  private readonly requests: ConnectRequests;

  constructor(
    private readonly server: ConnectServer,
    fetcher: typeof fetch,
    private readonly known: KnownIds = KNOWN,
  ) {
    this.requests = new ConnectRequests(server, fetcher);
  }

  /**
   * The field at *path* (`vault/item/field`, by name). `undefined`: there is none. 409 when two have
   * the name, 503 when the server cannot be reached, or refuses the token.
   */
  async field(path: string): Promise<string | undefined> {
    const [vault = "", title = "", label = ""] = path.split("/");
    const key = JSON.stringify([this.server.url, this.server.token, vault, title]);
    const item = (await this.remembered(key, title)) ?? (await this.lookedFor(key, vault, title));
    return item === undefined ? undefined : valueOf(item, label);
  }

  /** The item that had that name a minute ago, if it still has. */
  private async remembered(key: string, title: string): Promise<Item | undefined> {
    const place = this.known.get(key);
    if (place === undefined) return undefined;
    const item = await this.itemAt(place);
    if (item?.title === title) return item;
    this.known.forget(key);
    return undefined;
  }

  private async lookedFor(key: string, vaultName: string, title: string): Promise<Item | undefined> {
    const vault = await this.find("/v1/vaults", `name eq "${vaultName}"`);
    if (vault === undefined) return undefined;
    const item = await this.find(`/v1/vaults/${vault}/items`, `title eq "${title}"`);
    if (item === undefined) return undefined;
    this.known.set(key, { vault, item });
    return this.itemAt({ vault, item });
  }

  private async itemAt({ vault, item }: Place): Promise<Item | undefined> {
    const found = await this.requests.get(`/v1/vaults/${vault}/items/${item}`);
    if (found === undefined) return undefined;
    // Anything between may answer 200 with something else.
    if (!v.is(ITEM, found) || encodeURIComponent(found.id) !== item) throw storeUnavailable();
    return found;
  }

  private async find(path: string, filter: string): Promise<string | undefined> {
    const found = (await this.requests.get(`${path}?filter=${encodeURIComponent(filter)}`)) ?? [];
    if (!v.is(FOUND, found)) throw storeUnavailable();
    const [first, second] = found;
    if (second !== undefined) throw ambiguous(filter);
    return first === undefined ? undefined : encodeURIComponent(first.id);
  }
}

function valueOf(item: Item, label: string): string | undefined {
  const value = item.fields.find((each) => each.label === label)?.value;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function ambiguous(filter: string): ApiError {
  return new ApiError(409, "credential_ambiguous", `more than one has ${filter}; rename all but one in 1Password`);
}
