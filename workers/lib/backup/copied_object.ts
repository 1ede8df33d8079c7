import { DurableObject } from "cloudflare:workers";

import { CLOCK } from "../clock";
import { copyOf, emptyAll, isPartial, LEFT_ALONE_MS, putCopy, type BroughtIn, type Copied, type Kept, type ObjectCopy, type Part } from "./object_copy";
import type { Place } from "./table_pages";

/** Key of what the object is called, for classes that keep it nowhere else. */
const NAME = "copied_as";

/**
 * A Durable Object of which copies are made (`ops backup`), and which comes back from one.
 *
 * It is known by its name: its id leads to it in its own namespace only, and the runtime tells an object its name only
 * where it was asked for by that. So it has to be noted when something is first kept. One of an earlier version, which
 * noted none, is known by its id.
 */
export abstract class CopiedObject<Env> extends DurableObject<Env> implements Copied {
  /** What of it is copied. Default: all. */
  protected readonly kept: Kept = {};

  copyOut(from: Place | null): Promise<Part | { refused: string }> {
    const name = this.copiedAs();
    const called = name === undefined ? { id: this.ctx.id.toString() } : { name };
    return copyOf(this.ctx.storage, called, from, this.keptBesides());
  }

  async copyIn(copy: ObjectCopy, replace: boolean): Promise<BroughtIn> {
    const { storage } = this.ctx;
    if (!replace && copy.goes_on !== true && (await this.hasSomething())) return "occupied";
    const came = await putCopy(storage, copy, () => {
      if (copy.name !== undefined) this.noteName(copy.name);
      this.mend();
    });
    this.begin();
    if (came === "copied" && copy.more !== true) await this.wakeLater(copy);
    return came;
  }

  async empty(): Promise<void> {
    await emptyAll(this.ctx.storage);
    this.begin();
  }

  /** Note what the object is called, in the transaction in which it keeps something. */
  protected noteName(name: string): void {
    const { kv } = this.ctx.storage;
    if (kv.get(NAME) === undefined) kv.put(NAME, name);
  }

  /** What the object is called; `undefined` where it keeps nothing, or its name is not known. */
  protected copiedAs(): string | undefined {
    return this.ctx.storage.kv.get<string>(NAME);
  }

  /** Whether not all of it has been brought in: it is to refuse what is asked of it. */
  protected get isPartial(): boolean {
    return isPartial(this.ctx.storage);
  }

  /** Make what was read at different moments fit together, in the transaction of the last part. Default: nothing is. */
  protected mend(): void {
    // Most keep no tables of which one refers to another.
  }

  /** Take what is in the storage now for what there is. Default: nothing is remembered outside it. */
  protected begin(): void {
    // Most read it anew each time.
  }

  /**
   * Have the alarm ring also where *copy* has none. It was made while an alarm was being answered, perhaps, and the
   * runtime tells of none then, though what it was about is not done. One that rings for nothing does nothing.
   */
  private async wakeLater(copy: ObjectCopy): Promise<void> {
    if (copy.alarm === null && "alarm" in this) await this.ctx.storage.setAlarm(CLOCK.now() + LEFT_ALONE_MS);
  }

  private async hasSomething(): Promise<boolean> {
    const part = await copyOf(this.ctx.storage, {}, null, this.keptBesides());
    return "refused" in part || part.copy !== null;
  }

  /** The name is the copy's own, and not among what is kept. */
  private keptBesides(): Kept {
    const { leavesOut = () => false } = this.kept;
    return { ...this.kept, leavesOut: (key) => key === NAME || leavesOut(key) };
  }
}
