/** One data point. */
export interface Point {
  /** What it is sampled by: what happened. */
  index: string;
  blobs?: readonly string[];
  doubles?: readonly number[];
}

// What goes beyond these vanishes without a word.
const INDEX_BYTES = 96;
const MOST_BLOBS = 20;
const MOST_DOUBLES = 20;
const BLOBS_BYTES = 16_000;

/** Write *point*, cut to what a dataset takes. */
export function notePoint(dataset: AnalyticsEngineDataset, { index, blobs = [], doubles = [] }: Point): void {
  const room = Math.floor(BLOBS_BYTES / Math.max(1, Math.min(blobs.length, MOST_BLOBS)));
  dataset.writeDataPoint({
    indexes: [cut(index, INDEX_BYTES)],
    blobs: blobs.slice(0, MOST_BLOBS).map((blob) => cut(blob, room)),
    doubles: doubles.slice(0, MOST_DOUBLES).map((value) => (Number.isFinite(value) ? value : 0)),
  });
}

/** *text* with *bytes* of UTF-8 at most. */
function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.byteLength <= bytes) return text;
  return new TextDecoder().decode(encoded.slice(0, bytes)).replace(/\uFFFD+$/, "");
}
