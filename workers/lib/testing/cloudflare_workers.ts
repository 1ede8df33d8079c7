/** Stands for the module `cloudflare:workers`, which only the runtime has. */
export class DurableObject<Environment> {
  constructor(
    protected readonly ctx: DurableObjectState,
    protected readonly env: Environment,
  ) {}
}
