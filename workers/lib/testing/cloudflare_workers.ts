/** Stands for the module `cloudflare:workers`, which only the runtime has. */
export class DurableObject<Environment> {
  constructor(
    protected readonly ctx: DurableObjectState,
    protected readonly env: Environment,
  ) {}
}

/** A named way into a worker, as another worker is bound to it. */
export class WorkerEntrypoint<Environment> {
  constructor(
    protected readonly ctx: ExecutionContext,
    protected readonly env: Environment,
  ) {}
}

/** What an object or a worker hands out to be called where it is. */
export abstract class RpcTarget {
  [Symbol.dispose](): void {
    // Whoever has something to give up says so.
  }
}
