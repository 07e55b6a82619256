// The types of the console's client, made of the server's own OpenAPI document: node scripts/console-api.mjs <server's address>
// A test holds src/Console/src/api/schema.ts against the server, so that whoever changes an answer runs this again.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import openapi, { astToString } from "openapi-typescript";

export const schemaFile = join(import.meta.dirname, "../src/Console/src/api/schema.ts");

const words = new Set(["description", "summary", "example", "examples", "headers", "tags"]);

/** Without what no type is made of: words, and refusals, which have one shape everywhere and are thrown. */
function trimmed(node, isNames = false) {
  if (Array.isArray(node)) return node.map((item) => trimmed(item));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(Object.entries(node)
    // The members of a schema may have such names, too.
    .filter(([name]) => isNames || !words.has(name))
    .map(([name, value]) => [
      name,
      name === "responses" && !isNames
        ? Object.fromEntries(
            Object.entries(value).filter(([status]) => /^[12]/.test(status)).map(([status, answer]) => [status, trimmed(answer)]))
        : trimmed(value, name === "properties" && !isNames),
    ]));
}

function referenced(node, found = new Set()) {
  if (typeof node !== "object" || node === null) return found;
  if (typeof node.$ref === "string") found.add(node.$ref.split("/").at(-1));
  Object.values(node).forEach((value) => referenced(value, found));
  return found;
}

/** @returns {Promise<string>} the text of schema.ts */
export async function consoleSchema(document) {
  const paths = Object.fromEntries(Object.entries(document.paths)
    .filter(([path]) => path.startsWith("/api/v1/")).map(([path, item]) => [path, trimmed(item)]));
  const all = document.components.schemas;
  const wanted = referenced(paths);
  for (const name of wanted) referenced(trimmed(all[name]), wanted);
  const schemas = Object.fromEntries(Object.keys(all).filter((name) => wanted.has(name)).sort().map((name) => [name, trimmed(all[name])]));
  const text = astToString(await openapi({ openapi: document.openapi, info: document.info, paths, components: { schemas } }));
  return `// Made by scripts/console-api.mjs of the server's /openapi.json.\n${text}`;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const server = process.argv[2] ?? "http://127.0.0.1:8000";
  writeFileSync(schemaFile, await consoleSchema(await (await fetch(`${server}/openapi.json`)).json()));
}
