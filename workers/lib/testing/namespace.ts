import { RpcTarget } from "./cloudflare_workers";
import { FakeObjectState } from "./object_state";

/** Where an object was asked to be made. */
interface Asked {
  name: string;
  locationHint: string | undefined;
}

/** A namespace of Durable Objects in memory: one object for each name, which is made when it is first asked for. */
export class FakeNamespace<T extends object> {
  readonly states = new Map<string, FakeObjectState>();
  readonly asked: Asked[] = [];
  /** Set to have no object be reached. */
  outage = false;
  /** Waited for before each call. */
  pace: () => Promise<void> = () => Promise.resolve();
  private readonly objects = new Map<string, T>();

  constructor(private readonly make: (state: DurableObjectState) => T) {}

  /** As the worker sees it. */
  get binding(): DurableObjectNamespace {
    return this as unknown as DurableObjectNamespace;
  }

  idFromName(name: string): string {
    return name;
  }

  /** An object is called by its id here: a test that asks by one names it so. */
  idFromString(id: string): string {
    return id;
  }

  getByName(name: string): T {
    return this.get(name);
  }

  /** Arguments and answers are copied, as between two isolates. */
  get(name: string, options: { locationHint?: string } = {}): T {
    this.asked.push({ name, locationHint: options.locationHint });
    return this.stub(this.object(name));
  }

  /** The object called *name* itself, as the runtime calls its handlers. */
  object(name: string): T {
    const known = this.objects.get(name);
    if (known !== undefined) return known;
    const state = this.states.get(name) ?? new FakeObjectState(name);
    this.states.set(name, state);
    const made = this.make(state.binding);
    this.objects.set(name, made);
    return made;
  }

  /** Have every object leave memory; what it stored stays. */
  evict(): void {
    this.objects.clear();
  }

  /** Ring every alarm whose time has come. */
  async ring(now: number): Promise<void> {
    for (const [name, state] of this.states) {
      if (state.alarm === undefined || state.alarm > now) continue;
      state.alarm = undefined;
      await (this.object(name) as { alarm?: () => Promise<void> }).alarm?.();
    }
  }

  private async call(object: object, method: string | symbol, given: unknown[]): Promise<unknown> {
    await this.pace();
    if (this.outage) throw new Error("the object is not to be reached");
    const run = (object as Record<string | symbol, (...given: unknown[]) => unknown>)[method];
    if (run === undefined) throw new TypeError(`the object has no ${String(method)}`);
    if (given[0] instanceof Request) return run.apply(object, given);
    return this.handed(await run.apply(object, structuredClone(given)));
  }

  private stub<S extends object>(object: S): S {
    return new Proxy(object, {
      get: (target, method) => {
        if (target instanceof RpcTarget && method === Symbol.dispose) return target[Symbol.dispose].bind(target);
        return (...given: unknown[]) => this.call(target, method, given);
      },
    });
  }

  /** *answer* as its caller has it: a copy, but for what is called where it is. */
  private handed(answer: unknown): unknown {
    if (answer instanceof RpcTarget) return this.stub(answer);
    const isPlain = typeof answer === "object" && answer !== null && Object.getPrototypeOf(answer) === Object.prototype;
    if (!isPlain) return structuredClone(answer);
    return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, this.handed(value)]));
  }
}
