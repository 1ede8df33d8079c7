// Who may pass to a host, a path or a worker. Whoever is let in goes on with what is known of them; a
// client's own words about that never do.

import { Application, NOBODY } from "./application.mjs";
import { loginAt, redeem, serveTeam } from "./login.mjs";
import { forbidden, loggedOut, moved, refused, wrong } from "./pages.mjs";
import { AMBIGUOUS, Places } from "./places.mjs";
import { factsOf } from "./policies.mjs";
import { Service, presented } from "./services.mjs";
import { Signer } from "./tokens.mjs";

/** @import { DeclaredApplication, Identity } from "./application.mjs" */
/** @import { Pass } from "./login.mjs" */
/** @import { Facts } from "./policies.mjs" */
/** @import { DeclaredService, Presented } from "./services.mjs" */
/** @import { PrivateKey } from "./tokens.mjs" */

/**
 * @typedef {object} DeclaredAccess
 * @property {string} team
 * @property {DeclaredApplication[]} applications
 * @property {DeclaredService[]} tokens
 * @property {PrivateKey | null} key
 */

/**
 * @typedef {object} Target
 * @property {string} host
 * @property {string} path with its query
 * @property {string | null} worker that answers there
 * @property {boolean} secure whether the client used the public name, which is https
 */
/** @typedef {(identity: Identity) => Promise<Response>} Onward */

const OWN = "/cdn-cgi/access/";
const COOKIE = "CF_Authorization";
const JSON_TYPE = { "content-type": "application/json", "cache-control": "no-store" };

/** Headers that say who asks: the edge sets them, and nobody else. */
const IDENTITY = ["cf-access-authenticated-user-email", "cf-access-jwt-assertion"];
const CREDENTIALS = ["cf-access-client-id", "cf-access-client-secret", "cf-access-token"];

export class Gate {
  /** @type {Places} */
  #places;
  /** @type {Map<string, Application>} */
  #apps = new Map();
  /** @type {Map<string, Service>} */
  #services = new Map();
  #certificates = "";
  /** Host of the login; "" where nothing is guarded. */
  team;

  /** @param {DeclaredAccess} declared */
  constructor({ team, applications, tokens, key }) {
    this.team = key === null ? "" : team;
    this.#places = new Places([]);
    if (key === null) return;
    const signer = new Signer(key, team);
    this.#certificates = signer.certificates;
    for (const token of tokens) this.#services.set(token.client_id, new Service(token));
    const apps = applications.map((each) => new Application(each, signer, this.#services));
    for (const app of apps) this.#apps.set(app.declared.aud, app);
    this.#places = new Places(apps);
  }

  /** Whether nobody is asked for anything. */
  get isOpen() {
    return this.#places.isEmpty;
  }

  /**
   * Whether something of a host is guarded, where these workers answer.
   * @param {string} host
   * @param {Iterable<string>} workers
   */
  watches(host, workers) {
    return this.#places.watches(host, workers);
  }

  /**
   * Answer at the host of the login.
   * @param {Request} request
   * @param {string} target
   */
  serveTeam(request, target) {
    return serveTeam(request, target, this.#apps, this.#certificates);
  }

  /**
   * Let a request go on, or answer it.
   * @param {Request} request
   * @param {Target} target
   * @param {Onward} goOn
   * @returns {Promise<Response>}
   */
  pass(request, target, goOn) {
    const query = target.path.indexOf("?");
    const path = query < 0 ? target.path : target.path.slice(0, query);
    // The paths of Access itself belong to whatever application the host has.
    const app = this.#places.find(target.host, path, target.worker);
    if (app === AMBIGUOUS) return Promise.resolve(refused(400, "the path can be read in two ways; write it plainly"));
    if (path.startsWith(OWN)) {
      const own = this.#own(request, target, path.slice(OWN.length), app);
      if (own !== undefined) return Promise.resolve(own);
    }
    if (app === undefined) return goOn(NOBODY);
    const found = this.#ask(request, target, app);
    if (found instanceof Promise) return found.then((each) => onward(each, goOn));
    return Promise.resolve(onward(found, goOn));
  }

  /**
   * Return who may go on, or the answer to who may not. Without waiting for what is remembered.
   * @param {Request} request
   * @param {Target} target
   * @param {Application} app
   * @returns {Identity | Response | Promise<Identity | Response>}
   */
  #ask(request, target, app) {
    const { headers, method } = request;
    if (method === "OPTIONS" && app.declared.preflights_pass) return NOBODY;
    const facts = factsOf(request);
    const given = presented(headers, app.declared.token_header);
    if (given !== undefined) return this.#machine(app, facts, given);
    const open = app.policies.withoutLogin(facts);
    if (open !== undefined) return NOBODY;
    const session = sessionOf(headers);
    if (session === undefined) return unknown(request, target, app, this.team);
    const found = app.session(session, facts);
    if (found instanceof Promise) return found.then((each) => each ?? unknown(request, target, app, this.team));
    return found ?? unknown(request, target, app, this.team);
  }

  /**
   * @param {Application} app
   * @param {Facts} facts
   * @param {Presented} given
   */
  #machine(app, facts, { id, secret, header }) {
    const service = this.#services.get(id);
    const proven = service?.isProvenBy(secret) ?? false;
    if (proven instanceof Promise) return proven.then((each) => admitted(app, facts, each ? service : undefined, header));
    return admitted(app, facts, proven ? service : undefined, header);
  }

  /**
   * @param {Request} request
   * @param {Target} target
   * @param {string} name
   * @param {Application | undefined} app
   * @returns {Response | Promise<Response> | undefined}
   */
  #own(request, { host, path, secure }, name, app) {
    switch (name) {
      case "certs":
        return new Response(this.#certificates, { headers: JSON_TYPE });
      case "authorized":
        return this.#authorized(host, new URL(path, "https://host").searchParams.get("nonce") ?? "", secure);
      case "logout":
        return this.#logOut(request);
      case "get-identity":
        return app === undefined ? undefined : identity(request, app);
      default:
        return undefined;
    }
  }

  /**
   * @param {string} host
   * @param {string} nonce
   * @param {boolean} secure
   */
  #authorized(host, nonce, secure) {
    const pass = redeem(nonce, host);
    const app = pass && this.#apps.get(pass.aud);
    if (pass === undefined || app === undefined) return wrong("This login was used, or is over. Go back to where you wanted to go.");
    return moved(`https://${host}${pass.to}`, { "set-cookie": cookie(app, pass, secure) });
  }

  /** @param {Request} request */
  async #logOut(request) {
    const token = sessionOf(request.headers);
    if (token !== undefined) for (const app of this.#apps.values()) await app.logOut(token);
    const page = loggedOut();
    page.headers.set("set-cookie", `${COOKIE}=; Path=/; Max-Age=0`);
    return page;
  }
}

/**
 * Write into the headers of a request who asks, in the place of all that it said of that.
 * @param {Headers} headers
 * @param {Identity} who
 */
export function identify(headers, who) {
  for (const name of IDENTITY) headers.delete(name);
  for (const name of CREDENTIALS) headers.delete(name);
  if (who.drop !== undefined) headers.delete(who.drop);
  if (who.jwt !== undefined) headers.set("cf-access-jwt-assertion", who.jwt);
  if (who.email !== undefined) headers.set("cf-access-authenticated-user-email", who.email);
}

/** @type {(found: Identity | Response, goOn: Onward) => Response | Promise<Response>} */
const onward = (found, goOn) => (found instanceof Response ? found : goOn(found));

/**
 * @param {Application} app
 * @param {Facts} facts
 * @param {Service | undefined} service that was proven
 * @param {string | null} header that had the secret, and does not reach the worker
 */
function admitted(app, facts, service, header) {
  const policy = app.policies.withoutLogin(service === undefined ? facts : { ...facts, token: service.id });
  if (policy === undefined) return refused(app.declared.unauthorized ? 401 : 403, "the service token is not let in here");
  if (service === undefined || policy.decision === "bypass") return header === null ? NOBODY : { drop: header };
  return app.machine(service, policy, header);
}

/**
 * Answer whoever has not said who they are: a page for a browser, where a login would help.
 * @param {Request} request
 * @param {Target} target
 * @param {Application} app
 * @param {string} team
 */
function unknown({ headers, method }, { host, path }, app, team) {
  const asksForPages = (method === "GET" || method === "HEAD") && headers.get("accept")?.includes("text/html") === true;
  const isBrowser = asksForPages && headers.get("x-requested-with") !== "XMLHttpRequest";
  if (!isBrowser) return refused(app.declared.unauthorized ? 401 : 403, "Access has not let this request in");
  return app.policies.hasPeople ? moved(loginAt(team, host, path, app.declared.aud)) : forbidden(app.declared.denied);
}

/** @param {Headers} headers */
function sessionOf(headers) {
  const given = headers.get("cf-access-token");
  if (given !== null) return given;
  const cookies = headers.get("cookie");
  const at = cookies?.search(/(?:^|;\s*)CF_Authorization=/) ?? -1;
  if (cookies === null || at < 0) return undefined;
  const from = cookies.indexOf("=", at) + 1;
  const to = cookies.indexOf(";", from);
  return to < 0 ? cookies.slice(from) : cookies.slice(from, to);
}

/**
 * A browser keeps a cookie of a `.localhost` name, which is plain http, only when it is not marked for
 * https, and then not for other sites.
 * @param {Application} app
 * @param {Pass} pass
 * @param {boolean} secure
 */
function cookie({ declared }, { jwt, to, seconds }, secure) {
  const { http_only: hidden, same_site: site, own_path: own } = declared.cookie;
  const path = own ? to.replace(/[?#].*$/, "") : "/";
  const same = secure || site !== "none" ? site : "lax";
  const marks = [...(secure ? ["Secure"] : []), ...(hidden ? ["HttpOnly"] : [])];
  return [`${COOKIE}=${jwt}`, `Path=${path}`, `Max-Age=${Math.floor(seconds)}`, `SameSite=${same}`, ...marks].join("; ");
}

/**
 * @param {Request} request
 * @param {Application} app
 */
async function identity(request, app) {
  const token = sessionOf(request.headers);
  const found = token === undefined ? undefined : await app.session(token, factsOf(request));
  const claims = found?.jwt === undefined ? undefined : await app.signer.claims(found.jwt, app.declared.aud);
  if (claims === undefined) return refused(401, "there is no session");
  return new Response(JSON.stringify({ email: claims.email, user_uuid: claims.sub, iat: claims.iat, type: claims.type }), { headers: JSON_TYPE });
}
