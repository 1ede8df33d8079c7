/** What time it is, and waiting: given to what waits, so that its tests need not. */
export interface Clock {
  /** Milliseconds since 1970. */
  now: () => number;
  sleep(milliseconds: number): Promise<void>;
}

/** The time of the machine. */
export const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds);
    }),
};

/** What *promise* gives, or an error when it has not answered within *milliseconds*. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds} ms`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
