import { vi } from "vitest";

import { concat } from "../body";

/** Give Node what only the Workers runtime has, for the tests of one file. */
export function stubRuntime(): void {
  vi.stubGlobal("FixedLengthStream", FakeFixedLengthStream);
  vi.stubGlobal("WebSocketRequestResponsePair", FakePair);
  Object.defineProperty(crypto, "DigestStream", { value: FakeDigestStream, configurable: true });
}

class FakeFixedLengthStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(length: number) {
    let rest = length;
    super({
      transform: (chunk: Uint8Array, controller) => {
        rest -= chunk.length;
        controller.enqueue(chunk);
      },
      flush: () => {
        if (rest !== 0) throw new TypeError(`${rest} bytes more were announced`);
      },
    });
  }
}

class FakePair {
  constructor(
    readonly request: string,
    readonly response: string,
  ) {}
}

class FakeDigestStream extends WritableStream<Uint8Array> {
  readonly digest: Promise<ArrayBuffer>;

  constructor(algorithm: string) {
    const chunks: Uint8Array[] = [];
    let resolve: (digest: ArrayBuffer) => void = () => undefined;
    const digest = new Promise<ArrayBuffer>((done) => {
      resolve = done;
    });
    super({
      write: (chunk: Uint8Array) => {
        chunks.push(chunk);
      },
      close: async () => {
        const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        resolve(await crypto.subtle.digest(algorithm, concat(chunks, size)));
      },
    });
    this.digest = digest;
  }
}
