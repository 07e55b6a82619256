// Several server processes on one database behind nginx, for tests/cluster.sh and, in short, for cluster.test.mjs. Everything goes the ways
// that clients go: over nginx with TLS, or to a process of one's choice.
import { execFileSync, execSync, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as signalR from "@microsoft/signalr";
import WebSocket from "ws";
import { createDatabase, freePort, postImage, query, root, startReceiver, startServer, until } from "./server.mjs";

const cooldown = 2;
const students = 40;
const seconds = Number(process.env.CLUSTER_SECONDS) || 8;

const picture = (name) => readFileSync(join(root, "tests/browser/drawn", `${name}.jpg`));
const faketime = readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`).find((file) => existsSync(file));

/** How far the third process's clock is ahead. */
const aheadSeconds = faketime ? 2 : 0;
const ahead = faketime ? { LD_PRELOAD: faketime, FAKETIME: `+${aheadSeconds}s`, FAKETIME_DONT_FAKE_MONOTONIC: "1" } : {};

const milliseconds = (since) => Math.round(performance.now() - since);

/** deploy/nginx-cluster.conf, with nothing changed but addresses, names and paths. */
function siteOf(folder, port, plainPort, processes) {
  let left = processes;
  const site = readFileSync(join(root, "deploy/nginx-cluster.conf"), "utf8")
    .replace(/^ *listen \[::\].*\n/gm, "")
    .replace(/listen 443 /, `listen 127.0.0.1:${port} `)
    .replace(/listen 80;/, `listen 127.0.0.1:${plainPort};`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${folder}/certificate.pem;`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${folder}/key.pem;`)
    .replace(/access_log \S+/, `access_log ${folder}/access.log`)
    .replace(/server 10\.0\.0\.\d+:8000/g, () => `server 127.0.0.1:${left.shift()}`);
  if (left.length) throw new Error("deploy/nginx-cluster.conf has fewer processes than the test.");
  return site;
}

async function startNginx(folder, processes) {
  const [port, plainPort] = [await freePort(), await freePort()];
  writeFileSync(join(folder, "site.conf"), siteOf(folder, port, plainPort, [...processes]));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
  writeFileSync(join(folder, "nginx.conf"), `
    daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn; worker_processes 2;
    ${process.getuid() === 0 ? "user root;" : ""}
    events { worker_connections 1024; }
    http { ${temporary} include ${folder}/site.conf; }`);
  const program = existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
  const child = spawn(program, ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "inherit" });
  const url = `https://127.0.0.1:${port}`;
  await until("nginx listens", () => fetch(`${url}/health/live`).then(() => true, () => false));
  return {
    url,
    log: () => readFileSync(join(folder, "access.log"), "utf8").trim().split("\n"),
    errors: () => readFileSync(join(folder, "error.log"), "utf8"),
    stop: () => new Promise((done) => (child.once("exit", done), child.kill("SIGTERM"))),
  };
}

/** A plain socket that remembers what it heard and how it ended. */
function listen(url, key) {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/ws/recognitions`, { headers: key ? { "x-api-key": key } : {} });
  const listener = { heard: [], closed: null, close: () => socket.close() };
  socket.on("message", (text) => listener.heard.push({ ...JSON.parse(text), at: performance.now() }));
  socket.on("close", (code) => (listener.closed = code));
  socket.on("error", () => {});
  listener.opened = new Promise((done) => (socket.once("open", done), socket.once("close", done)));
  return listener;
}

async function listenOnHub(url, key) {
  const hub = new signalR.HubConnectionBuilder().configureLogging(signalR.LogLevel.None)
    .withUrl(`${url}/hubs/recognitions`, key ? { accessTokenFactory: () => key } : {}).build();
  const listener = { heard: [], closed: null, close: () => hub.stop() };
  for (const type of ["recognized", "student.enrolled"]) {
    hub.on(type, (event) => void listener.heard.push({ ...event, at: performance.now() }));
  }
  hub.onclose(() => (listener.closed = true));
  await hub.start();
  return listener;
}

/**
 * @param {{long: boolean, restartDatabase?: string, say: (line: string) => void}} options `restartDatabase` is a shell command that
 * restarts the cluster, with %m for pg_ctl's mode
 */
async function run(folder, { long, restartDatabase, say }) {
  const violations = [];
  const hold = (condition, violation) => void (condition || violations.push(violation));
  const database = await createDatabase();
  let deciding = () => 200;
  const receiver = await startReceiver((request, attempt) => deciding(request, attempt));
  const ports = [await freePort(), await freePort(), await freePort()];
  const environment = {
    FACE_PROFILE: "starter", FACE_WORKERS: "1", TRUSTED_PROXIES: "127.0.0.1", WEBHOOK_ALLOW_PRIVATE: "true", DRAIN_SECONDS: "1",
    EVENT_COOLDOWN_SECONDS: String(cooldown), RATE_LIMIT_PER_SECOND: "10000", RATE_LIMIT_BURST: "100000", Webhook__Timeout: "00:00:02",
    Webhook__PollInterval: "00:00:00.2", Logging__LogLevel__Default: "Warning",
  };
  const start = (i) => startServer(database.connectionString, { ...environment, ...(i === 2 ? ahead : {}), PORT: String(ports[i]) });
  const servers = [await start(0)];
  let nginx;
  try {
    servers.push(...await Promise.all([start(1), start(2)]));
    nginx = await startNginx(folder, ports);

    // The first school and three more, each with a key.
    const call = async (method, url, body, headers = {}) => {
      const isForm = body instanceof FormData;
      const answer = await fetch(url, {
        method, headers: { ...(body && !isForm ? { "content-type": "application/json" } : {}), ...headers },
        body: isForm ? body : body && JSON.stringify(body), signal: AbortSignal.timeout(30_000),
      });
      return { status: answer.status, retryAfter: answer.headers.get("retry-after"), body: await answer.json().catch(() => null) };
    };
    const first = (await call("POST", `${servers[0].url}/api/v1/api-keys`, { name: "cluster", scopes: ["admin"] })).body.key;
    const program = servers[0].program;
    const keys = [first, ...["Two", "Three", "Four"].map((name) => execFileSync("dotnet", [program, "--add-school", name], {
      cwd: root, encoding: "utf8",
      env: { ...process.env, ...environment, ASPNETCORE_ENVIRONMENT: "Development", ConnectionStrings__Default: database.connectionString },
    }).match(/fa_[A-Za-z0-9_-]+/)[0])];
    const as = (key) => ({ "x-api-key": key });
    for (const key of keys) {
      const made = await call("POST", `${nginx.url}/api/v1/webhooks`, { url: receiver.url }, as(key));
      if (made.status !== 201) throw new Error(`No endpoint was made: ${JSON.stringify(made)}`);
      for (let i = 0; i < students; i++) {
        await call("PUT", `${nginx.url}/api/v1/students/s-${i}`, { full_name: `Student ${i}` }, as(key));
      }
    }
    const figures = {};
    const context = {
      call, as, database, deciding: (decide) => (deciding = decide), figures, hold, keys, nginx, receiver, restartDatabase, say, servers,
      start,
      labelsAt: async (server) => (await call("GET", `${server.url}/health`)).body.labels,
    };
    for (const part of long ? [routes, enrolment, cooldowns, listeners] : [routes, enrolment, cooldowns, listeners]) {
      const since = performance.now();
      await part(context);
      say(`${part.name}: ${milliseconds(since)} ms`);
    }
    return { violations, ...figures };
  } catch (e) {
    for (const [i, server] of servers.entries()) say(`--- process ${i + 1}\n${server.output().slice(-3000)}`);
    throw e;
  } finally {
    await nginx?.stop();
    await Promise.all(servers.map((server) => server.kill()));
    await receiver.close();
    database.drop();
  }
}

/** Which process a caller's requests go to, by nginx's log. */
async function processOf({ nginx }, headers) {
  const before = nginx.log().length;
  await (await fetch(`${nginx.url}/config`, { headers })).arrayBuffer();
  const line = await until("nginx has logged the request", () => nginx.log().slice(before).find((l) => l.includes(" /config")));
  return line.split(" ").at(-1);
}

/** A school goes to one process, whatever way its key is shown, and to one with its users' tokens. */
async function routes(context) {
  const { call, as, hold, keys, nginx, figures } = context;
  const taken = new Set();
  for (const key of keys) {
    const opened = await fetch(`${nginx.url}/api/v1/session`,
      { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ key }) });
    const cookie = opened.headers.getSetCookie().map((text) => text.split(";")[0]).join("; ");
    const ways = new Set();
    for (const headers of [as(key), { authorization: `Bearer ${key}` }, { cookie }]) ways.add(await processOf(context, headers));
    hold(ways.size === 1, `One school goes to ${[...ways]} by its key's two headers and a cookie.`);
    taken.add(...ways);
  }
  const ways = new Set();
  for (let i = 0; i < 5; i++) {
    const who = { username: `user-${i}`, password: randomUUID() };
    await call("POST", `${nginx.url}/api/v1/users`, { ...who, role: "operator" }, as(keys[0]));
    const { access } = (await call("POST", `${nginx.url}/api/token/`, who)).body;
    ways.add(await processOf(context, { authorization: `Bearer ${access}` }));
  }
  hold(ways.size === 1, `The users of one school go to ${[...ways]}.`);
  figures.schools = keys.length;
  figures["processes they go to"] = taken.size;
}

/** Enrolled on one, known on all. */
async function enrolment({ servers, labelsAt, hold, figures, call }) {
  const slowest = [];
  for (const [i, name] of ["ayu", "citra", "dewa"].entries()) {
    const [here, ...others] = [...servers.slice(i), ...servers.slice(0, i)];
    const before = await Promise.all(others.map(labelsAt));
    const enrolled = await postImage(`${here.url}/enroll`, picture(`${name}-0`), { student_id: name });
    if (!enrolled.body.ok) throw new Error(`${name} was not enrolled: ${JSON.stringify(enrolled.body)}`);
    const since = performance.now();
    await Promise.all(others.map((server, at) => until(`${name} is known`, async () => (await labelsAt(server)) > before[at])));
    slowest.push(milliseconds(since));
    for (const server of servers) {
      const { body } = await postImage(`${server.url}/recognize`, picture(`${name}-0`));
      hold(body.results[0]?.label === name, `${name}, enrolled on ${here.url}, is ${body.results[0]?.label} on ${server.url}.`);
    }
  }
  figures["known on all after, ms"] = Math.max(...slowest);
  hold(Math.max(...slowest) <= 1000, `Enrolled on one, known on all only after ${slowest} ms.`);
}

/** The same face before all at once: one event a cooldown. */
async function cooldowns({ servers, hold, figures, receiver }) {
  const rounds = 5;
  const before = receiver.requests.length;
  for (let round = 0; round < rounds; round++) {
    const answers = await Promise.all(servers.flatMap((server) =>
      [1, 2].map(() => postImage(`${server.url}/recognize/realtime`, picture("ayu-1")))));
    const told = answers.map(({ body }) => body.dispatch[0].report);
    const taken = told.filter((report) => report.status !== "skipped");
    hold(taken.length === 1, `In round ${round} ${taken.length} of ${told.length} frames made an event.`);
    const left = Math.max(...told.filter((r) => r.status === "skipped").map((r) => Number(/\((\d+)s left\)/.exec(r.message)?.[1])));
    hold(left <= cooldown, `A cooldown of ${cooldown} s has ${left} s left.`);
    await sleep(cooldown * 1000 + 100);
  }
  await until("the events are delivered", () => receiver.requests.length >= before + rounds);
  hold(receiver.requests.length === before + rounds, `${receiver.requests.length - before} events came of ${rounds} cooldowns.`);
  figures["cooldowns"] = rounds;
  figures["events of them"] = receiver.requests.length - before;
}

/** Whoever listens, wherever, hears everything. */
async function listeners({ servers, nginx, keys, hold, figures }) {
  const frames = 6;
  const all = [
    ...servers.map((server) => listen(server.url)), listen(nginx.url, keys[0]),
    ...await Promise.all(servers.map((server) => listenOnHub(server.url))), await listenOnHub(nginx.url, keys[0]),
  ];
  await Promise.all(all.map((listener) => listener.opened));
  const published = [];
  for (let i = 0; i < frames; i++) {
    await postImage(`${servers[i % 3].url}/recognize/realtime`, picture("citra-1"));
    published.push(performance.now());
  }
  const isHeard = (listener) => listener.heard.filter((event) => event.type === "recognized").length >= frames;
  await until("all listeners heard all", () => all.every(isHeard), 10).catch((e) => hold(false, e.message));
  await sleep(200);
  for (const [i, listener] of all.entries()) {
    const heard = listener.heard.filter((event) => event.type === "recognized");
    hold(heard.length === frames, `Listener ${i} heard ${heard.length} of ${frames} events.`);
  }
  const delays = all.flatMap((listener) => listener.heard.map((event, i) => event.at - published[i]));
  figures["listeners"] = all.length;
  figures["heard by all, of frames"] = frames;
  figures["heard after the answer at most, ms"] = Math.max(0, Math.round(Math.max(...delays)));
  for (const listener of all) await listener.close();
}

async function main() {
  // Node takes an authority that it is to trust from its environment, before it starts.
  if (!process.env.CLUSTER_FOLDER) {
    const folder = mkdtempSync(join(tmpdir(), "faceattendance-processes-"));
    try {
      execSync(`openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 ` +
        `-keyout ${folder}/key.pem -out ${folder}/certificate.pem`, { stdio: "ignore" });
      return spawnSync(process.execPath, [import.meta.filename, ...process.argv.slice(2)], {
        stdio: "inherit", env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem"), CLUSTER_FOLDER: folder },
      }).status ?? 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const began = performance.now();
  if (!faketime) console.log("No libfaketime: all processes have the same clock.");
  const { violations, ...figures } = await run(process.env.CLUSTER_FOLDER, {
    long: !process.argv.includes("--short"), restartDatabase: process.env.CLUSTER_RESTART_DATABASE, say: console.log,
  });
  figures["seconds"] = Math.round((performance.now() - began) / 1000);
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(40)} ${value}`);
  for (const violation of violations) console.log(`VIOLATED: ${violation}`);
  console.log(violations.length === 0 ? "Everything held." : "FAILED");
  return violations.length === 0 ? 0 : 1;
}

process.exitCode = await main();
