import { keyOf, refusalsOf, type Example, type Operation, type Reference } from "./openapi";
import type { Route } from "./route";

/** Write *reference* as a page of Markdown: what each operation takes and answers, and a curl of it. */
export function referencePage<Env extends object>(reference: Reference<Env>): string {
  const { title, name, intro, routes, open = {} } = reference;
  const parts = [
    `# ${title}`,
    ...intro,
    `The same for programs, with all fields: [${name}.json](${name}.json) (OpenAPI 3.1). Both are made from the routes ` +
      "of the worker and their schemas by `make docs`.",
    ...routes.map((route) => section(reference, route)),
    health(reference),
    ...Object.entries(open).map(([path, { summary }]) => openSection(reference, path, summary)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function health<Env extends object>(reference: Reference<Env>): string {
  const more = Object.keys(reference.health ?? {}).map((name) => `, \`${name}\``);
  const said =
    "Return whether the service works, to everybody: `healthy`, `degraded` or `unhealthy` (503), and each check" +
    `${more.join("")}. Checks are up to ten seconds old.`;
  return openSection(reference, "/health", said);
}

function openSection<Env extends object>({ variable }: Reference<Env>, path: string, said: string): string {
  return [`## GET ${path}`, said, "```bash\n" + `curl "$${variable}${path}"` + "\n```"].join("\n\n");
}

function section<Env extends object>(reference: Reference<Env>, route: Route<Env>): string {
  const described = reference.operations[keyOf(route)];
  if (described === undefined) throw new Error(`the reference lacks ${keyOf(route)}`);
  const { summary, more } = described;
  return [
    `## ${route.method} ${reference.base}${route.path}`,
    more === undefined ? summary : `${summary} ${more}`,
    `Scope: \`${route.scope}\`.`,
    answers(route, described),
    "```bash\n" + curl(reference, route, described.example) + "\n```",
  ].join("\n\n");
}

function answers<Env extends object>(route: Route<Env>, described: Operation): string {
  const answered = Object.entries(described.answers).map(([status, { what }]) => `| ${status} | ${what} |`);
  const refused = [...refusalsOf(route, described)].map(([status, codes]) => {
    return `| ${status} | ${codes.map((code) => `\`${code}\``).join(", ")} |`;
  });
  return ["| status | answer |", "|---|---|", ...answered, ...refused].join("\n");
}

function curl<Env extends object>(
  { base, variable }: Reference<Env>,
  { method, path }: Route<Env>,
  example: Example,
): string {
  const { params = {}, query, body, form, content, curl: more } = example;
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? "");
  const asked = query === undefined ? "" : `?${new URLSearchParams(query).toString()}`;
  const lines = [
    `curl ${method === "GET" || form !== undefined ? "" : `-X ${method} `}"$${variable}${base}${filled}${asked}"`,
    '-H "Authorization: Bearer $TOKEN"',
  ];
  if (body !== undefined) lines.push("-H 'Content-Type: application/json'", `-d '${quoted(JSON.stringify(body))}'`);
  for (const [name, value] of Object.entries(form ?? {})) lines.push(`-F '${name}=${value}'`);
  if (content !== undefined) lines.push(`--data-binary '@${content}'`);
  if (more !== undefined) lines.push(more);
  return lines.join(" \\\n  ");
}

/** For single quotes of a shell, which fills variables in none. */
function quoted(text: string): string {
  return text.replaceAll("'", `'"'"'`).replaceAll(/\$[A-Z]+/g, (name) => `'"${name}"'`);
}
