// In a test start: says what every worker exports, and how long the one in question takes to start.

import { env } from "cloudflare:workers";

export default {
  async fetch() {
    /** @type {Record<string, unknown>} */
    const workers = {};
    for (const name of env.WORKERS) workers[name] = await env[`worker:${name}`]?.describe();
    return Response.json({ workers, startup_ms: await startupTime() });
  },
};

// The clock moves with input and output only, so the start is timed from outside, as a first call.
async function startupTime() {
  if (env.MODULES === null) return null;
  const mainModule = "local-startup.js";
  /** @type {Record<string, WorkerLoaderModule | string>} */
  const modules = Object.fromEntries(env.MODULES.map(({ name, kind, source }) => [name, { [kind]: env[source] }]));
  modules[mainModule] = `import ${JSON.stringify(`./${env.MAIN}`)};\nexport default { fetch() { return new Response(); } };`;
  const { compatibilityDate, compatibilityFlags } = env.COMPATIBILITY;
  const worker = env.LOADER.get(mainModule, () => ({ mainModule, modules, compatibilityDate, compatibilityFlags, env: {} }));
  const began = Date.now();
  try {
    await worker.getEntrypoint().fetch("http://startup/");
  } catch {
    return null;
  }
  return Date.now() - began;
}
