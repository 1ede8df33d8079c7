// What the workers of the runtime itself find around them. Each of them is bound to a part of this
// only: its `kind.py` (or `assembly/admin.py`, `probe/probe.py`) says to which.

declare namespace Cloudflare {
  interface Env {
    // r2
    BUCKETS: Record<string, import("./r2/service/objects.mjs").Settings>;
    KEYS: Record<string, string>;
    STORE: DurableObjectNamespace<import("./r2/service/bucket.mjs").Bucket>;
    BLOBS: Fetcher;

    // cache
    CACHES: DurableObjectNamespace<import("./cache/service/zone_cache.mjs").ZoneCache>;
    ZONES: Record<string, string>;
    LIMITS: { zone: number; answer: number };

    // analytics
    POINTS: DurableObjectNamespace<import("./analytics/service/points.mjs").Points>;
    KEPT_DAYS: number;

    // edge
    ROUTES: import("./edge/entry/routes.mjs").Declared[];
    RULESETS: import("./edge/rules/zone.mjs").Ruleset[];
    LISTS: import("./edge/rules/lists.mjs").Declared[];
    ACCESS: import("./edge/access/gate.mjs").DeclaredAccess;
    ACCESS_METHOD: string;
    ZONE_NAMES: string[];
    PUBLIC: Record<string, string>;
    PORT: number;
    EXPLORER: { address?: string; key?: string };
    HOSTS: string[];
    S3_HOSTS: string[];
    LOOK_ALIKES: Record<string, string>;
    ORIGIN: Fetcher;
    S3: Fetcher;
    INTERNET: Fetcher;
    LOOPBACK: Fetcher;
    TUNNEL: Fetcher;

    BALANCER: Fetcher;

    // balancers
    BALANCING: import("./balancers/service/index.mjs").Table;
    EDGE: Fetcher;

    // tunnels
    TUNNEL_HOSTS: { host: string; rules: import("./tunnels/service/ingress.mjs").Declared[] | null }[];
    TUNNEL_ACCESS: import("./tunnels/service/access_check.mjs").Known;

    // tails
    PROBE: string;
    LINE_KEY: string;

    // versions
    SHARES: Record<string, import("./versions/service/choice.mjs").Share[]>;

    // queues
    QUEUE_LIMITS: import("./queues/producer/limits.mjs").Limits;

    // sides
    DOOR: Door;

    // probe
    WORKERS: string[];
    LOADER: WorkerLoader;
    MODULES: { name: string; kind: "js" | "cjs" | "text" | "json"; source: `source:${string}` }[] | null;
    MAIN: string;
    COMPATIBILITY: { compatibilityDate: string; compatibilityFlags: string[] };

    // admin
    ANALYTICS: Fetcher;
    CACHE: Fetcher;
    OUTBOUND: Fetcher;
    R2: Fetcher;
    BALANCERS: Fetcher;
    PROBER: Fetcher;
    ROUTER: Fetcher;
    TAIL: Fetcher;
    TUNNELS: Fetcher;
    VERSIONS: Fetcher;

    // One binding for each thing there is, by its name.
    [kv: `kv:${string}`]: KVNamespace | undefined;
    [d1: `d1:${string}`]: Fetcher | undefined;
    [queue: `queue:${string}`]: (Queue & Fetcher) | undefined;
    [bucket: `bucket:${string}`]: Fetcher | undefined;
    [cache: `cache:${string}`]: Fetcher | undefined;
    [endpoint: `endpoint:${string}`]: Fetcher | undefined;
    [origin: `origin:${string}`]: Fetcher | undefined;
    [worker: `worker:${string}`]: UserWorker | undefined;
    [probe: `probe:${string}`]: Pick<UserWorker, "describe"> | undefined;
    [source: `source:${string}`]: unknown;
  }

  /** A user's worker, as a system worker may call it (`service_binding_extra_handlers`). */
  interface UserWorker extends Fetcher {
    scheduled(event: { cron: string; scheduledTime: Date }): Promise<import("./development_processes/crossing").Rung>;
    queue(
      queue: string,
      messages: import("./development_processes/crossing").Message[],
      metadata?: MessageBatchMetadata,
    ): Promise<import("./development_processes/crossing").Delivered>;

    /** What a test start adds to it (`probe/describe.mjs`). */
    describe(): Promise<{ handlers: string[]; exports: Record<string, string[]> }>;
  }
}

/** What a stand-in in the main process finds before its worker in a side process (`development_processes/door`). */
interface Door extends Fetcher {
  deliver: Cloudflare.UserWorker["queue"];
  ring(cron: string, scheduledTime: Date): Promise<import("./development_processes/crossing").Rung>;
}

/** The exports of a user's main module, before which `probe/describe.mjs` is put. */
declare const worker: Record<string, unknown> & { default?: unknown };

// What comes in is not known before it was looked at.
interface JSON {
  parse(text: string): unknown;
}

// The parts of Node's modules that the R2 worker uses (`nodejs_compat`).

declare module "node:buffer" {
  export class Buffer extends Uint8Array<ArrayBuffer> {
    static alloc(size: number): Buffer;
    static concat(parts: readonly Uint8Array[]): Buffer;
    static from(text: string, encoding?: "base64"): Buffer;
    subarray(start?: number, end?: number): Buffer;
    toString(encoding?: "base64" | "hex" | "latin1"): string;
    indexOf(value: string | number): number;
    writeUInt32BE(value: number, offset?: number): number;
  }
}

declare module "node:crypto" {
  import type { Buffer } from "node:buffer";

  interface Hash {
    update(data: string | Uint8Array, encoding?: "hex"): Hash;
    digest(): Buffer;
    digest(encoding: "hex" | "base64"): string;
  }
  export function createHash(algorithm: string): Hash;
  export function createHmac(algorithm: string, key: string | Uint8Array): Hash;
  export function timingSafeEqual(left: Uint8Array, right: Uint8Array): boolean;
}

declare module "node:zlib" {
  export function crc32(data: Uint8Array, value?: number): number;
}
