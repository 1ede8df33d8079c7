import { hex } from "#lib/hash";
import type { TokenEntry } from "./model";

const COLUMNS = "token_id, description, scopes, issued_at, issued_by, expires_at, revoked_at, replaces";

const ISSUE = `
  INSERT INTO tokens (token_id, sha256, description, scopes, issued_at, issued_by, expires_at, replaces)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`;

// Only of a token that may still be used: a batch is one transaction, and the second statement says whether it took.
const REPLACE = `
  INSERT INTO tokens (token_id, sha256, description, scopes, issued_at, issued_by, expires_at, replaces)
  SELECT ?1, ?2, description, scopes, ?3, ?4, ?5, token_id FROM tokens
  WHERE token_id = ?6 AND revoked_at IS NULL AND expires_at > ?3`;
const END_BY = "UPDATE tokens SET expires_at = MIN(expires_at, ?2) WHERE token_id = ?1 AND revoked_at IS NULL";

const REVOKE = "UPDATE tokens SET revoked_at = ?2 WHERE token_id = ?1 AND revoked_at IS NULL RETURNING sha256";
const FIND = `SELECT sha256, ${COLUMNS} FROM tokens WHERE sha256 = ?1`;
const ONE = `SELECT ${COLUMNS} FROM tokens WHERE token_id = ?1`;
const LIST = `SELECT ${COLUMNS} FROM tokens WHERE token_id > ?1 ORDER BY token_id LIMIT ?2`;

const ID_BYTES = 8;

type Row = Omit<TokenEntry, "scopes"> & { scopes: string };

/** What a token is issued with. Times are ISO text. */
export interface NewToken {
  sha256: string;
  description: string;
  scopes: readonly string[];
  issuedBy: string;
  expiresAt: string;
}

/** What a token is replaced with. */
export interface Replacement {
  sha256: string;
  issuedBy: string;
  expiresAt: string;
  /** When the token that is replaced ends. */
  formerEnds: string;
}

/** Tokens that the administrator issued, in D1: their hashes only. */
export class TokenTable {
  constructor(
    private readonly db: D1Database,
    private readonly now: () => number,
  ) {}

  async issue({ sha256, description, scopes, issuedBy, expiresAt }: NewToken): Promise<TokenEntry> {
    const id = newId();
    const values = [id, sha256, description, JSON.stringify(scopes), this.time(), issuedBy, expiresAt, null];
    await this.db.prepare(ISSUE).bind(...values).run();
    return this.entry(id);
  }

  /** Replace the token *tokenId*, which stays good until its end. `undefined`: there is none that may be used. */
  async replace(tokenId: string, { sha256, issuedBy, expiresAt, formerEnds }: Replacement): Promise<TokenEntry | undefined> {
    const id = newId();
    const [made] = await this.db.batch([
      this.db.prepare(REPLACE).bind(id, sha256, this.time(), issuedBy, expiresAt, tokenId),
      this.db.prepare(END_BY).bind(tokenId, formerEnds),
    ]);
    return made?.meta.changes === 1 ? this.entry(id) : undefined;
  }

  /** Revoke the token *tokenId* and return its hash. `undefined`: there is none, or it was revoked before. */
  async revoke(tokenId: string): Promise<string | undefined> {
    const row = await this.db.prepare(REVOKE).bind(tokenId, this.time()).first<{ sha256: string }>();
    return row?.sha256;
  }

  /** Find the token whose hash is *sha256*, whether or not it may still be used. */
  async find(sha256: string): Promise<(TokenEntry & { sha256: string }) | undefined> {
    const row = await this.db.prepare(FIND).bind(sha256).first<Row & { sha256: string }>();
    return row === null ? undefined : { ...entryOf(row), sha256: row.sha256 };
  }

  /** List the tokens after *cursor*, *limit* at most. */
  async list(cursor: string, limit: number): Promise<TokenEntry[]> {
    const { results } = await this.db.prepare(LIST).bind(cursor, limit).all<Row>();
    return results.map(entryOf);
  }

  private async entry(tokenId: string): Promise<TokenEntry> {
    const row = await this.db.prepare(ONE).bind(tokenId).first<Row>();
    if (row === null) throw new Error("the token that was issued is gone");
    return entryOf(row);
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}

function entryOf({ token_id, description, scopes, issued_at, issued_by, expires_at, revoked_at, replaces }: Row): TokenEntry {
  const parsed = JSON.parse(scopes) as string[];
  return { token_id, description, scopes: parsed, issued_at, issued_by, expires_at, revoked_at, replaces };
}

function newId(): string {
  return `tok_${hex(crypto.getRandomValues(new Uint8Array(ID_BYTES)))}`;
}
