// What is deployed: systems, the workers and stores of each, and the hosts by which they answer.

import { code, heading, make, quiet, table, wrong } from "./parts.mjs";

/** Show systems and what they are made of. */
export function overview(place, { systems, workers, findings, warning, ports }) {
  place.append(
    ...(warning ? [wrong(warning)] : []),
    quiet(`API v4 at port ${ports.api}, workers at port ${ports.edge}, R2 (S3) at port ${ports.s3}`),
    table("Systems", ["system", "answers", "stores", "hosts", "its workers ask for"], systems.map(systemRow), "nothing is deployed; run make up"),
    table("What answers, and what it reaches", ["what", "bindings", "secrets (names)", "beside"], workers.map(workerRow)),
    ...found(findings),
  );
}

const systemRow = ({ title, answers, stores, hosts, asks_for }) => [title, answers.join(", "), stores.join(", "), hosts, asks_for];

function workerRow({ name, bindings, notes }) {
  const secrets = bindings.filter(({ type }) => type.startsWith("secret")).map((each) => each.name);
  const others = bindings.filter(({ type }) => !type.startsWith("secret")).map(bound);
  return [code(name), others.join("; "), secrets.join(", "), notes.join("; ")];
}

const bound = ({ name, type, to }) => `${name}: ${to.join(" or ") || type}`;

function found(findings) {
  if (findings.length === 0) return [];
  return [heading("To be known"), make("ul", {}, ...findings.map((each) => make("li", {}, each)))];
}

/** Show every host, what answers there and who may reach it. */
export function hosts(place, { hosts: ways }) {
  const heads = ["host", "path", "kind", "leads to", "who may reach it", "decided by", "rules of the zone", "beside"];
  place.append(quiet("Who may is what Access decides at the edge; what a worker asks for itself comes after that."), table("Hosts", heads, ways.map(hostRow)));
}

function hostRow({ host, path, kind, leads_to, who, open, application, rules, notes, url }) {
  const shown = url ? make("a", { href: url, rel: "noreferrer", target: "_blank" }, host) : host;
  const may = { text: who.join("; "), looks: open ? "bad" : undefined };
  return [shown, code(path), kind, leads_to, may, application ? `Access: ${application}` : "nothing", rules.join("; "), notes.join("; ")];
}
