import { code, harness, type Shown } from "../harness";

/** Numbers from 0 to 1, the same for the same seed. */
export type Chance = () => number;

/** What a client has sent: what it had seen, and what it wrote. */
export interface Attempt {
  item: string;
  base: number;
  /** The value that it had seen: `null` where it had seen none, or a deletion. */
  seen: string | null;
  value: string | null;
  resolves: readonly string[];
}

/** What a client was told of an attempt. */
export interface Told extends Attempt {
  status: "applied" | "conflict";
  version: number;
  conflictId: string | null;
}

interface Answer {
  status: "applied" | "conflict";
  version: number;
  conflict_id: string | null;
}

const TRIES = 4;
/** Items in D1, and one in R2. */
const SETTINGS = ["a", "b"];
const FILE = "f";

/** One device of a user: pulls, pushes, holds the lock at times, and dies at times. */
export class Client {
  readonly attempts: Attempt[] = [];
  readonly told: Told[] = [];
  private seen = new Map<string, { version: number; value: string | null }>();
  private lockId: string | null = null;
  private count = 0;

  constructor(
    private readonly name: string,
    private readonly token: string,
    private readonly next: Chance,
  ) {}

  /** Do one thing or another. */
  async step(): Promise<void> {
    const way = this.next();
    if (way < 0.25) await this.pull();
    else if (way < 0.75) await this.push(this.pick([...SETTINGS, FILE]));
    else if (way < 0.85) await this.settle();
    else if (way < 0.93) await this.lock();
    else this.die();
  }

  /** Begin anew, with nothing in memory. A lock that it held stays until its time is over. */
  private die(): void {
    this.seen = new Map();
    this.lockId = null;
  }

  private async pull(): Promise<void> {
    const { items = [] } = await this.json<{ items?: Shown[] }>("GET", "/sync/settings");
    for (const { id, version, deleted, value } of items) this.seen.set(id, { version, value: deleted ? null : (value as string) });
    const read = await this.ask("GET", `/sync/knowledge/${FILE}`);
    if (read.status !== 200) return;
    this.seen.set(FILE, { version: Number(read.headers.get("ETag")?.replaceAll('"', "")), value: await read.text() });
  }

  private async push(item: string, resolves: readonly string[] = []): Promise<void> {
    const { version: base, value: seen } = this.seen.get(item) ?? { version: 0, value: null };
    this.count += 1;
    const value = this.next() < 0.15 ? null : `${this.name}-${this.count}`;
    const attempt = { item, base, seen, value, resolves };
    this.attempts.push(attempt);
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const answer = await this.send(attempt);
      if (answer !== null) this.note(attempt, answer);
      // Some give up without knowing what has become of it.
      if (answer !== null || this.next() < 0.2) return;
    }
  }

  private note(attempt: Attempt, { status, version, conflict_id: conflictId }: Answer): void {
    this.told.push({ ...attempt, status, version, conflictId });
    if (status === "applied") this.seen.set(attempt.item, { version, value: attempt.value });
  }

  private async send(attempt: Attempt): Promise<Answer | null> {
    const answer = await (attempt.item === FILE ? this.sendFile(attempt) : this.sendSetting(attempt));
    if (answer.ok) {
      const said = await answer.json<Answer & { results?: [Answer] }>();
      return said.results?.[0] ?? said;
    }
    const copy = answer.clone();
    const said = await code(answer);
    if (said === "conflict") return copy.json<Answer>();
    if (said === "lock_lost") this.lockId = null;
    else if (![423, 503].includes(answer.status)) throw new Error(`${answer.status} ${said}`);
    return null;
  }

  private sendSetting({ item: id, base, value, resolves }: Attempt): Promise<Response> {
    const change = { id, base_version: base, resolves, ...(value === null ? { deleted: true } : { value }) };
    const body = { device: this.name, changes: [change], ...(this.lockId === null ? {} : { lock_id: this.lockId }) };
    return this.ask("POST", "/sync/settings", JSON.stringify(body));
  }

  private sendFile({ item, base, value, resolves }: Attempt): Promise<Response> {
    const query = new URLSearchParams({ base_version: String(base), device: this.name });
    if (this.lockId !== null) query.set("lock_id", this.lockId);
    if (resolves.length > 0) query.set("resolves", resolves.join(","));
    const path = `/sync/knowledge/${item}?${query.toString()}`;
    return value === null ? this.ask("DELETE", path) : this.ask("PUT", path, value);
  }

  /** Look at a conflict, and at what is current; then write what it says, and name it. */
  private async settle(): Promise<void> {
    const { conflicts = [] } = await this.json<{ conflicts?: { conflict_id: string; item_id: string }[] }>("GET", "/sync/status");
    const conflict = conflicts.length === 0 ? undefined : this.pick(conflicts);
    if (conflict === undefined) return;
    await this.pull();
    await this.push(conflict.item_id, [conflict.conflict_id]);
  }

  private async lock(): Promise<void> {
    if (this.lockId !== null) {
      await this.ask("DELETE", `/sync/lock/${this.lockId}`);
      this.lockId = null;
      return;
    }
    const answer = await this.ask("POST", "/sync/lock");
    if (answer.ok) this.lockId = (await answer.json<{ lock_id: string }>()).lock_id;
  }

  private pick<T>(among: readonly T[]): T {
    return among[Math.floor(this.next() * among.length)] as T;
  }

  private async json<T>(method: string, path: string): Promise<Partial<T>> {
    return (await this.ask(method, path)).json();
  }

  private ask(method: string, path: string, body?: string): Promise<Response> {
    const length = body === undefined ? 0 : new TextEncoder().encode(body).byteLength;
    return harness.with(this.token, method, path, body, body === undefined ? {} : { "Content-Length": String(length) });
  }
}
