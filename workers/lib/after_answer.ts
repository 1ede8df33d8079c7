import { CLOCK } from "./clock";
import type { ApiContext } from "./route";

/**
 * Do *work* once the answer is on its way: what is told of a request costs whoever asked no time. Its event is over when
 * the work is.
 *
 * A promise that is kept at once would not do: the work would still come before the answer, which passes through
 * several hands. A timer comes after all that is ready.
 */
export function afterAnswer<Env extends object>(c: ApiContext<Env>, work: () => Promise<void> | void): void {
  c.executionCtx.waitUntil(CLOCK.sleep(0).then(work));
}
