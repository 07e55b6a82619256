// Starts the built server as a process of its own on a database of its own, as a user would run it.
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const shared = process.env.FACE_SHARED_DIR || resolve(root, "..", "shared");
/** For node:test's `skip` option: without ../shared a test is skipped by name. */
export const needsShared = existsSync(shared) ? false : "needs ../shared";
export const photo = (path) => join(shared, "faces", path);

const program = join(root, "src/WebApi/bin/Release/net10.0/FaceAttendance.WebApi.dll");

/** Runs SQL on the database of an Npgsql connection string and returns what psql prints: a line a row, values between bars. */
export function query(connectionString, sql) {
  const part = Object.fromEntries(connectionString.split(";").filter(Boolean).map((p) => p.split("="))
    .map(([k, ...v]) => [k.toLowerCase(), v.join("=")]));
  const bare = ["-h", part.host, "-U", part.username, "-d", part.database, "-qAtc", sql];
  return execFileSync("psql", part.port ? ["-p", part.port, ...bare] : bare, {
    stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", env: { ...process.env, PGPASSWORD: part.password ?? "" },
  }).trim();
}

export async function createDatabase() {
  const given = process.env.FACE_TEST_POSTGRES;
  if (!given) throw new Error("FACE_TEST_POSTGRES names no cluster; run the suite by ./test.sh.");
  const name = `system_${randomUUID().replaceAll("-", "")}`;
  query(given, `CREATE DATABASE ${name}`);
  const connectionString = given.replace(/(^|;)Database=[^;]*/i, `$1Database=${name}`);
  return { connectionString, drop: () => query(given, `DROP DATABASE ${name} WITH (FORCE)`) };
}

export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => probe.once("listening", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** Resolves when /health/ready answers. `kill()` is kill -9; `stop()` is SIGTERM, and answers the exit code. */
export async function startServer(connectionString, environment = {}) {
  const port = Number(environment.PORT) || (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn("dotnet", [program, "--urls", url], {
    cwd: root,
    env: { ...process.env, ...environment, ASPNETCORE_ENVIRONMENT: "Development", ConnectionStrings__Default: connectionString },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
  const ended = new Promise((done) => child.once("exit", done));
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    return child.exitCode;
  };
  for (const deadline = Date.now() + 60_000; ; ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await kill();
      throw new Error(`The server did not become ready:\n${output}`);
    }
    if (await fetch(`${url}/health/ready`).then((r) => r.ok, () => false)) break;
    await sleep(50);
  }
  return { url, port, pid: child.pid, program, kill, stop, output: () => output };
}

export async function postImage(url, bytes, fields = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("image", new Blob([bytes], { type: "image/jpeg" }), "photo.jpg");
  const answer = await fetch(url, { method: "POST", body: form });
  return { status: answer.status, body: await answer.json() };
}

/** The access token of a new user: an operator, or a student of that id. */
export async function logIn(url, student) {
  const post = async (path, body) => {
    const answer = await fetch(`${url}${path}`,
      { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const who = { username: `user-${randomUUID()}`, password: randomUUID() };
  await post("/api/v1/users", { ...who, ...(student ? { role: "student", student_id: student } : { role: "operator" }) });
  return (await post("/api/token/", who)).access;
}

/** A school backend: `decide(request, count)` answers a status, or null to hold the request for ever. */
export async function startReceiver(decide) {
  const requests = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const received = { id: request.headers["webhook-id"], headers: request.headers, body, answered: null };
      requests.push(received);
      const status = decide(received, requests.filter((r) => r.id === received.id).length);
      if (status === null) return;
      response.writeHead(status, { "content-type": "application/json" }).end('{"ok":true}', () => (received.answered = status));
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/events`,
    requests,
    close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))),
  };
}

export async function until(what, condition, seconds = 30) {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(50)) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`Not within ${seconds} s: ${what}`);
}
