import { CopiedObject } from "#lib/backup/copied_object";
import type { BroughtIn, ObjectCopy } from "#lib/backup/object_copy";
import { CLOCK } from "#lib/clock";
import { Copies } from "../copies";
import type { Env } from "../env";
import { projectsKey } from "../keys";
import { used, type Project, type ProjectGiven } from "./model";

/** What an owner's projects answer. The stub's own type cannot express recursive JSON. */
export interface ProjectsObject {
  list(): Promise<Project[]>;
  use(subject: string, given: ProjectGiven, platform: string): Promise<Project>;
  probe(): Promise<void>;
}

/** Seconds that a copy stays in KV. */
const COPY_SECONDS = 86_400;
/** Key of what KV is to be told. */
const COPIES = "copies";

/**
 * The projects of one owner, whichever platform tells of them. Owners are the shards: no object serves two.
 *
 * Storage is synchronous, so every change is atomic without a lock; a copy goes to KV, for readers far away.
 */
export class ProjectAwarenessDurableObject extends CopiedObject<Env> implements ProjectsObject {
  // What KV is to be told is made anew of the projects that come back.
  protected override readonly kept = { leavesOut: (key: string) => key === COPIES };
  private readonly copies: Copies;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.copies = new Copies(ctx.storage, env.PROJECT_STORE, CLOCK.now, COPIES);
  }

  list(): Promise<Project[]> {
    return Promise.resolve(this.projects());
  }

  /** Note that *platform* works on *given*; the object may not know by itself whose it is. */
  async use(subject: string, given: ProjectGiven, platform: string): Promise<Project> {
    const projects = used(this.projects(), given, platform, CLOCK.now());
    this.noteName(subject);
    this.ctx.storage.kv.put("projects", projects);
    this.copies.offer(projectsKey(subject), projects, COPY_SECONDS);
    await this.wake();
    // `used` puts it first.
    return projects[0] as Project;
  }

  /** KV, which is read first, may have what was there before, for a day. */
  override async copyIn(copy: ObjectCopy, replace: boolean): Promise<BroughtIn> {
    const came = await super.copyIn(copy, replace);
    if (came !== "copied" || copy.name === undefined) return came;
    this.copies.offer(projectsKey(copy.name), this.projects(), COPY_SECONDS);
    return came;
  }

  /** Answer, to show that objects can be reached. */
  probe(): Promise<void> {
    return Promise.resolve();
  }

  /** Write the copy. An alarm rings a few times at most when it fails, so it is armed anew instead. */
  override async alarm(): Promise<void> {
    await this.copies.write();
    await this.wake();
  }

  private projects(): Project[] {
    return this.ctx.storage.kv.get<Project[]>("projects") ?? [];
  }

  private async wake(): Promise<void> {
    const due = this.copies.dueAt();
    if (due === undefined) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(due);
  }
}
