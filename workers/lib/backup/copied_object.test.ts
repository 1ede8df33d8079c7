import { beforeEach, describe, expect, it } from "vitest";

import { FakeNamespace } from "../testing/namespace";
import { CopiedObject } from "./copied_object";
import { objectsOf, type Copying } from "./door";
import type { ObjectCopy, Part } from "./object_copy";

const NAME = "a name";

class Notes extends CopiedObject<object> {
  protected override readonly kept = { leavesOut: (key: string) => key === "starts" };

  keep(key: string, value: unknown): void {
    this.noteName(NAME);
    this.ctx.storage.kv.put(key, value);
  }

  get(key: string): unknown {
    return this.ctx.storage.kv.get(key);
  }
}

let namespace: FakeNamespace<Notes>;
let copying: Copying;

beforeEach(() => {
  namespace = new FakeNamespace<Notes>((state) => new Notes(state, {}));
  copying = objectsOf(namespace.binding);
});

const notes = (): Notes => namespace.object(NAME);

async function made(): Promise<Part | { refused: string }> {
  const part = await copying.copyOut(NAME, null);
  if (part === "unknown_id") throw new Error(part);
  return part;
}

async function copy(): Promise<ObjectCopy> {
  const part = await made();
  if ("refused" in part || part.copy === null) throw new Error(JSON.stringify(part));
  return part.copy;
}

describe("an object that keeps values by key", () => {
  it("comes back with each of them, in their order and with every character", async () => {
    const value = { z: 1, a: [null, true, "half a character: \ud800", 1e21, -0.5], "1": { deep: "ü" } };
    notes().keep("b", value);
    notes().keep("a", "text");
    notes().keep("starts", 7);

    const copied = await copy();
    expect(copied).toMatchObject({ name: NAME, tables: [], values: [["a", '"text"'], ["b", JSON.stringify(value)]] });
    await copying.empty(NAME);
    expect(await made()).toEqual({ copy: null, next: null });
    expect(await copying.copyIn(JSON.parse(JSON.stringify(copied)) as ObjectCopy, false)).toBe("copied");

    expect(await copy()).toEqual(copied);
    expect(notes().get("b")).toEqual(value);
    expect(notes().get("starts")).toBeUndefined();
  });

  it("loses what it kept since to the copy", async () => {
    notes().keep("a", 1);
    const copied = await copy();
    notes().keep("later", 2);

    expect(await copying.copyIn(copied, false)).toBe("occupied");
    await copying.copyIn(copied, true);

    expect(notes().get("later")).toBeUndefined();
  });

  it.each([new Date(), new Map(), new Uint8Array(1), Number.NaN, [undefined], 1n])("is refused where JSON does not say what it keeps: %s", async (value) => {
    notes().keep("odd", { value });

    expect(await made()).toEqual({ refused: "what is kept as odd is more than JSON says" });
  });

  it("is left alone for a quarter of an hour by an alarm that was due", async () => {
    notes().keep("a", 1);
    const state = namespace.states.get(NAME);
    if (state === undefined) throw new Error("it keeps something");
    await state.storage.setAlarm(Date.now());

    await copying.copyIn(await copy(), true);

    expect(state.alarm).toBeGreaterThan(Date.now() + 890_000);
  });
});
