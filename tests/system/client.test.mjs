// A client in TypeScript as openapi-typescript makes it of the server's document: type-checked as it comes, and used against the server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import openapi, { astToString } from "openapi-typescript";
import { consoleSchema, schemaFile } from "../../scripts/console-api.mjs";
import { createDatabase, needsShared, photo, root, startServer } from "./server.mjs";

let database, server, folder;

before(async () => {
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter" });
  folder = mkdtempSync(join(tmpdir(), "client-"));
});

after(async () => {
  await server?.kill();
  database?.drop();
  if (folder) rmSync(folder, { recursive: true });
});

test("a client of openapi-typescript compiles and makes twenty calls", { skip: needsShared, timeout: 60_000 }, async () => {
  const document = await (await fetch(`${server.url}/openapi.json`)).json();
  writeFileSync(join(folder, "schema.ts"), astToString(await openapi(document)));
  copyFileSync(join(root, "tests/system/client-calls.ts"), join(folder, "calls.ts"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const compilerOptions = {
    strict: true, noUncheckedIndexedAccess: true, target: "es2022", module: "nodenext", skipLibCheck: true, types: [],
    lib: ["es2022", "dom", "dom.iterable"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["calls.ts"] }));

  execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: ["ignore", "inherit", "inherit"] });
  const { makeCalls } = await import(pathToFileURL(join(folder, "calls.js")).href);

  assert.ok((await makeCalls(server.url, readFileSync(photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")))) >= 20);
});

test("the console is compiled against what the server answers", async () => {
  const document = await (await fetch(`${server.url}/openapi.json`)).json();

  assert.ok(readFileSync(schemaFile, "utf8") === await consoleSchema(document),
    `src/Console/src/api/schema.ts is not of this server: npm run console:api ${server.url}`);
});
