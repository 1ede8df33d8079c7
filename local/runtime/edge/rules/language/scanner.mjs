// Reads an expression from left to right. Positions count bytes, as those of Cloudflare's parser do.

import { toBytes } from "./bytes.mjs";

/** An expression that cannot be: the message says where and what, and how it is written. */
export class ExpressionError extends Error {}

const BLANKS = /[ \r\n]*/y;

export class Scanner {
  /** @param {string} text */
  constructor(text) {
    this.text = toBytes(text);
    this.at = 0;
  }

  get ended() {
    return this.at >= this.text.length;
  }

  /** Skip blanks: spaces and ends of lines. A tab is none. */
  blanks() {
    this.match(BLANKS);
    return this;
  }

  /**
   * Take what a sticky `pattern` matches here; undefined, and nothing is taken, where it does not.
   * @param {RegExp} pattern
   * @returns {string | undefined}
   */
  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** @param {string} word */
  sees(word) {
    return this.text.startsWith(word, this.at);
  }

  /** @param {string} word */
  eat(word) {
    if (!this.sees(word)) return false;
    this.at += word.length;
    return true;
  }

  /** @param {string} word */
  need(word) {
    if (!this.eat(word)) throw this.error(`expected ${word}`);
  }

  /**
   * Make the error for what stands here.
   * @param {string} what
   * @param {number} [at]
   */
  error(what, at = this.at) {
    const before = this.text.slice(0, at).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new ExpressionError(`(${before.length}:${column}): ${what}`);
  }
}
