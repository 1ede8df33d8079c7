import { describe, expect, it } from "vitest";

import { checkValue } from "./check_value";
import { mintedId, readId } from "./forms";

const ALPHABET = Array.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
const TYPES = ["EVNT", "PEO", "PLACE", "PROP", "AB", "ABCDEFGH"];

/** The same numbers on every run. */
function* numbers(count: number): Generator<number> {
  let state = 20_261_129;
  for (let index = 0; index < count; index++) {
    state = (state * 48_271) % 2_147_483_647;
    yield index % 5 === 0 ? state * 400 : state % 10_000_000;
  }
}

const IDS = [...numbers(60)].map((number, index) => mintedId(TYPES[index % TYPES.length] ?? "EVNT", number));

describe("an id that is minted", () => {
  it("looks as the source has it", () => {
    expect(mintedId("EVNT", 1234)).toBe("CHITTY-EVNT-0001234-A1B2");
    expect(readId("CHITTY-EVNT-0001234-A1B2")).toEqual({
      valid: true,
      form: "minted",
      chittyId: "CHITTY-EVNT-0001234-A1B2",
      entityType: "EVNT",
      number: 1234,
    });
  });

  it("is read as what it was made of, in small letters too", () => {
    for (const id of IDS) {
      const reading = readId(id.toLowerCase());
      if (!reading.valid || reading.form !== "minted") throw new Error(id);
      expect(mintedId(reading.entityType, reading.number)).toBe(id);
    }
  });

  it("is refused with any one character wrong", () => {
    for (const id of IDS) {
      for (let place = 0; place < id.length; place++) {
        const wrong = ALPHABET.filter((character) => character !== id[place]);
        const slips = wrong.map((character) => id.slice(0, place) + character + id.slice(place + 1));
        expect(slips.filter((slip) => readId(slip).valid)).toEqual([]);
      }
    }
  });

  it("is refused with any two neighbours swapped", () => {
    for (const id of IDS) {
      const swaps = Array.from(id).map((character, place) => id.slice(0, place) + (id[place + 1] ?? "") + character + id.slice(place + 2));
      expect(swaps.filter((swap) => swap !== id && readId(swap).valid)).toEqual([]);
    }
  });

  it("does not pass for chance: of other texts of its form about one in 1.7 million does", () => {
    const values = new Set([...numbers(2_000)].map((number) => checkValue(`EVNT${number}`)));

    expect(values.size).toBeGreaterThan(1_990);
  });

  it.each(["CHITTY-EVNT-00001234-A1B2", "CHITTY-EVNT-1234-A1B2", "CHITTY-E-0001234-A1B2", "", "CHITTY-EVNT-0001234-A1B"])(
    "is not %j",
    (text) => {
      expect(readId(text)).toMatchObject({ valid: false, form: null, reason: "form" });
    },
  );

  it("says a slip for what it is", () => {
    expect(readId("CHITTY-EVNT-0001243-A1B2")).toMatchObject({ valid: false, form: "minted", reason: "check_value" });
  });
});

describe("an id of the structured form", () => {
  it.each([["01-C-PROD-0001-P-2501-A-X", "P"], ["01-c-prod-0001-p-2512-a-7", "P"]])("is %s", (text, entityType) => {
    expect(readId(text)).toMatchObject({ valid: true, form: "structured", entityType });
  });

  it.each([
    "01-C-PROD-0001-P-2513-A-X",
    "01-C-PROD-0001-P-2500-A-X",
    "1-C-PROD-0001-P-2501-A-X",
    "01-C-PROD-001-P-2501-A-X",
    "01-C-PROD-0001-P-2501-A",
    "01-C-PROD-0001-P-2501-A-XX",
  ])("is not %s", (text) => {
    expect(readId(text)).toMatchObject({ valid: false, reason: "form" });
  });
});
