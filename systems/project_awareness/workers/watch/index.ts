import { CLOCK } from "#lib/clock";
import { checksOf, due, runChecks } from "./checks";
import { destinationsOf, healthSeconds, limitsOf } from "./config";
import { stateOf, type Env } from "./env";
import { findings } from "./judging";
import { sendLetters } from "./letters";

export { WatchStateDurableObject } from "./state_object";

/** Half a cron: no cron runs more often than once a minute. */
const HALF_MS = 30_000;

/** The watcher of Project Awareness: it checks every minute, judges what the datasets say, and tells who has to know. */
export default {
  async scheduled({ scheduledTime }, env): Promise<void> {
    const checks = due(checksOf(env), scheduledTime);
    const began = CLOCK.now();
    await Promise.all([runChecks(env, checks), alert(env, scheduledTime)]);
    if (healthSeconds(env) > HALF_MS / 1000) return;
    await CLOCK.sleep(Math.max(0, began + HALF_MS - CLOCK.now()));
    await runChecks(env, checks.filter(({ name }) => name === "health"));
  },

  /** It has no address; whoever reaches it all the same learns nothing. */
  fetch(): Response {
    return new Response("not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;

/** Without the token of the SQL API nothing is judged; what is on its way already is still sent. */
async function alert(env: Env, time: number): Promise<void> {
  if ((env.ANALYTICS_TOKEN ?? "") !== "") {
    const found = await findings(env);
    await stateOf(env).takeIn(found, destinationsOf(env), time, limitsOf(env));
  }
  await sendLetters(env);
}
