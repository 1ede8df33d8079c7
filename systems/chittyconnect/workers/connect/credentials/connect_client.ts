import * as v from "valibot";

import { unavailable, type ApiError } from "#lib/errors";
import { describeError, log } from "#lib/log";

const TIMEOUT_MS = 5_000;

const FOUND = v.array(v.object({ id: v.string() }));
const ITEM = v.object({
  fields: v.array(v.object({ label: v.optional(v.unknown()), value: v.optional(v.unknown()) })),
});

/** Reads items of a 1Password Connect server. It sees the vaults of its token, no others. */
export class ConnectClient {
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly fetcher: typeof fetch,
  ) {}

  /**
   * The field at *path* (`vault/item/field`, by name). `undefined`: there is none. 503 when the
   * server cannot be reached, or refuses the token.
   */
  async field(path: string): Promise<string | undefined> {
    const [vaultName = "", itemName = "", label = ""] = path.split("/");
    const vault = await this.find("/v1/vaults", `name eq "${vaultName}"`);
    if (vault === undefined) return undefined;
    const items = `/v1/vaults/${vault}/items`;
    const item = await this.find(items, `title eq "${itemName}"`);
    if (item === undefined) return undefined;
    return valueOf(await this.get(`${items}/${item}`), label);
  }

  private async find(path: string, filter: string): Promise<string | undefined> {
    const found = await this.get(`${path}?filter=${encodeURIComponent(filter)}`);
    const first = v.is(FOUND, found) ? found[0] : undefined;
    return first === undefined ? undefined : encodeURIComponent(first.id);
  }

  private async get(path: string): Promise<unknown> {
    const headers = { Authorization: `Bearer ${this.token}`, Accept: "application/json" };
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await this.fetcher.call(undefined, this.url + path, { headers, signal });
      if (response.ok) return await response.json();
      if (response.status === 404) return undefined;
      throw new Error(`status ${response.status}`);
    } catch (error) {
      log("error", "credential_store_failed", describeError(error));
      throw storeUnavailable();
    }
  }
}

function valueOf(item: unknown, label: string): string | undefined {
  const field = v.is(ITEM, item) ? item.fields.find((each) => each.label === label) : undefined;
  return typeof field?.value === "string" && field.value !== "" ? field.value : undefined;
}

function storeUnavailable(): ApiError {
  return unavailable("credential_store_unavailable", "1Password Connect cannot be reached", 30);
}
