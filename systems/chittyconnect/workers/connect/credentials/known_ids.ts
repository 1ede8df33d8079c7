const REMEMBER_MS = 60_000;
const MOST = 500;

/** Where an item is. */
export interface Place {
  vault: string;
  item: string;
}

/**
 * Ids of items that were found by their names, for a minute: they are asked for at once then, and
 * not looked for by two requests before. A value is never kept.
 */
export class KnownIds {
  private readonly places = new Map<string, { place: Place; until: number }>();

  /** Return where the item of *key* was, `undefined` when that is not known. */
  get(key: string): Place | undefined {
    const found = this.places.get(key);
    return found !== undefined && found.until > Date.now() ? found.place : undefined;
  }

  /** Remember *place* as that of *key*; of too many the oldest goes. */
  set(key: string, place: Place): void {
    this.places.delete(key);
    const [oldest] = this.places.keys();
    if (oldest !== undefined && this.places.size >= MOST) this.places.delete(oldest);
    this.places.set(key, { place, until: Date.now() + REMEMBER_MS });
  }

  /** Remember nothing of *key*. */
  forget(key: string): void {
    this.places.delete(key);
  }
}
