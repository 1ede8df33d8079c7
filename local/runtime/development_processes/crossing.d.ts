// What crosses between a stand-in and a door, beside requests and their answers.

/** A message of a queue, as `Fetcher.queue()` takes it. */
export interface Message {
  id: string;
  timestamp: Date;
  body: unknown;
  attempts: number;
}

/** How a worker left a batch: what `Fetcher.queue()` answers. */
export interface Delivered {
  outcome: string;
  ackAll: boolean;
  retryBatch: { retry: boolean; delaySeconds?: number };
  explicitAcks: string[];
  retryMessages: { msgId: string; delaySeconds?: number }[];
}

/** How a worker left a schedule. */
export interface Rung {
  outcome: string;
  noRetry: boolean;
}
