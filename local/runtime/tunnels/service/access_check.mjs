// Whether cloudflared takes a request: it looks for the token that Access gave it, of its own team, for one of
// the applications that its rule names. So it takes nothing that came around the edge.

import { Reader } from "../../edge/access/tokens.mjs";

/** @import { PublicKey } from "../../edge/access/tokens.mjs" */
/** @typedef {{ team: string, key: PublicKey | null }} Known the host of the login, and the key of its tokens */
/** @typedef {{ required?: boolean, teamName?: string, audTag?: string[] }} Check in the words of the API */

const TOKEN = "cf-access-jwt-assertion";
const TEAMS = ".cloudflareaccess.com";
const MOST_REMEMBERED = 1000;

export class AccessCheck {
  #team;
  #reader;
  /** Until when a token holds for a tag, in seconds: a look-up is cheaper than a signature.
   * @type {Map<string, number>} */
  #good = new Map();

  /** @param {Known} known */
  constructor({ team, key }) {
    this.#team = team;
    this.#reader = key === null ? undefined : new Reader(key, team);
  }

  /**
   * @param {Headers} headers
   * @param {Check} check
   * @returns {boolean | Promise<boolean>}
   */
  takes(headers, { teamName = "", audTag: tags = [] }) {
    const token = headers.get(TOKEN);
    if (token === null || this.#reader === undefined || teamName + TEAMS !== this.#team) return false;
    const now = Date.now() / 1000;
    if (tags.some((tag) => (this.#good.get(`${tag} ${token}`) ?? 0) > now)) return true;
    return this.#holds(this.#reader, token, tags);
  }

  /**
   * @param {Reader} reader
   * @param {string} token
   * @param {string[]} tags
   */
  async #holds(reader, token, tags) {
    for (const tag of tags) {
      const claims = await reader.claims(token, tag);
      if (claims === undefined) continue;
      if (this.#good.size >= MOST_REMEMBERED) this.#good.clear();
      this.#good.set(`${tag} ${token}`, claims.exp);
      return true;
    }
    return false;
  }
}
