import { DurableObject } from "cloudflare:workers";

interface Env {
  CF_VERSION_METADATA: WorkerVersionMetadata;
  COUNTER: DurableObjectNamespace<Counter>;
  GREETING: string;
  SHARE: string;
}

/** Counts greetings. */
export class Counter extends DurableObject<Env> {
  async next(): Promise<number> {
    const count = ((await this.ctx.storage.get<number>("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return count;
  }
}

export default {
  async fetch(request, env): Promise<Response> {
    if (new URL(request.url).pathname === "/health") {
      const headers = { "X-Worker-Version": env.CF_VERSION_METADATA.id }; // by which a deployment is proved
      return Response.json({ status: "healthy" }, { headers });
    }
    const counted = Number(env.SHARE) > 0;
    const count = counted ? await env.COUNTER.get(env.COUNTER.idFromName("all")).next() : 0;
    return Response.json({ greeting: env.GREETING, share: env.SHARE, count });
  },
} satisfies ExportedHandler<Env>;
