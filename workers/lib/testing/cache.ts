/**
 * The Cache API of one data centre, in memory: it keeps an answer as long as its `max-age` says, and none
 * without, takes GET keys only, and fails as a test has it fail.
 */
export class FakeCache {
  readonly kept = new Map<string, { response: Response; until: number }>();
  /** Set to have every operation fail, as where no cache is configured. */
  outage = false;

  constructor(private readonly now = (): number => Date.now()) {}

  async match(key: string): Promise<Response | undefined> {
    await this.guard();
    const found = this.kept.get(key);
    return found === undefined || found.until <= this.now() ? undefined : found.response.clone();
  }

  async put(key: string, response: Response): Promise<void> {
    await this.guard();
    const seconds = /(?:^|[\s,])max-age=(\d+)/.exec(response.headers.get("Cache-Control") ?? "")?.[1];
    if (seconds === undefined) return;
    this.kept.set(key, { response, until: this.now() + Number(seconds) * 1000 });
  }

  async delete(key: string): Promise<boolean> {
    await this.guard();
    return this.kept.delete(key);
  }

  private async guard(): Promise<void> {
    await Promise.resolve();
    if (this.outage) throw new Error("No Cache was configured");
  }
}
