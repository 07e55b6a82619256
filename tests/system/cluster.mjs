// Several server processes on one database behind nginx, for tests/cluster.sh and, in short, for cluster.test.mjs. Everything goes the ways
// that clients go: over nginx with TLS, or to a process of one's choice.
import { execFileSync, execSync, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
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
const aheadSeconds = faketime && !process.argv.includes("--short") ? 2 : 0;
const ahead = aheadSeconds ? { LD_PRELOAD: faketime, FAKETIME: `+${aheadSeconds}s`, FAKETIME_DONT_FAKE_MONOTONIC: "1" } : {};

const hasRedis = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "redis-server")));

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

/** A Redis that keeps nothing on disk. */
function redisOn(port) {
  let child;
  return {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
      child = spawn("redis-server", settings, { stdio: "ignore", cwd: tmpdir() });
      await until("Redis listens", () => new Promise((done) => {
        const client = connect(port, "127.0.0.1", () => (client.destroy(), done(true))).on("error", () => done(false));
      }));
    },
    stop: async () => {
      if (child?.exitCode === null) await new Promise((done) => (child.once("exit", done), child.kill("SIGKILL")));
    },
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
    .withUrl(`${url}/hubs/recognitions`, key ? { accessTokenFactory: () => key } : {})
    .withAutomaticReconnect([0, 500, 500, 1000, 1000, 2000]).build();
  const listener = { heard: [], closed: null, reconnections: 0, close: () => hub.stop() };
  hub.onreconnected(() => void listener.reconnections++);
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
  let held = 0;
  const hold = (condition, violation) => void (condition ? held++ : violations.push(violation));
  const database = await createDatabase();
  let deciding = () => 200;
  const receiver = await startReceiver((request, attempt) => deciding(request, attempt));
  const ports = [await freePort(), await freePort(), await freePort()];
  const environment = {
    FACE_PROFILE: "starter", FACE_WORKERS: "1", TRUSTED_PROXIES: "127.0.0.1", WEBHOOK_ALLOW_PRIVATE: "true", DRAIN_SECONDS: "1",
    EVENT_COOLDOWN_SECONDS: String(cooldown), RATE_LIMIT_PER_SECOND: "10000", RATE_LIMIT_BURST: "100000", Webhook__Timeout: "00:00:02",
    Webhook__PollInterval: "00:00:00.2", Logging__LogLevel__Default: "Warning",
    ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`Webhook__RetryPauses__${i}`, "00:00:00.5"])),
  };
  const start = (i) => startServer(database.connectionString, { ...environment, ...(i === 2 ? ahead : {}), PORT: String(ports[i]) });
  const servers = [await start(0)];
  const redis = hasRedis ? redisOn(await freePort()) : null;
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
        const added = await call("POST", `${nginx.url}/api/v1/students`, { id: `s-${i}`, full_name: `Student ${i}` }, as(key));
        if (added.status !== 201) throw new Error(`No student was added: ${JSON.stringify(added)}`);
      }
    }
    const figures = {};
    const context = {
      call, as, database, deciding: (decide) => (deciding = decide), figures, hold, keys, nginx, receiver, restartDatabase, say, servers,
      long, redis, start, overRedis: () => (environment.REDIS_URL = redis.url),
      labelsAt: async (server) => (await call("GET", `${server.url}/health`)).body.labels, marks: new Set(),
    };
    const parts = [clocks, routes, enrolment, cooldowns, listeners, killed, rollingRestart, ...(redis ? [throughRedis] : []),
      ...(restartDatabase ? [databaseRestarts] : [])];
    for (const part of long ? parts : [enrolment, listeners, rollingRestart, ...(redis ? [throughRedis] : [])]) {
      const since = performance.now();
      await part(context);
      say(`${part.name}: ${milliseconds(since)} ms`);
    }
    await everythingArrived(context);
    return { violations, held, figures };
  } catch (e) {
    for (const [i, server] of servers.entries()) say(`--- process ${i + 1}\n${server.output().slice(-3000)}`);
    throw e;
  } finally {
    await nginx?.stop();
    await Promise.all(servers.map((server) => server.kill()));
    await redis?.stop();
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

/** Which processes a school's sockets go to: the plain one, and a hub's negotiation and connection. */
async function processesOfSockets({ nginx }, key) {
  const before = nginx.log().length;
  const socket = listen(nginx.url, key);
  await socket.opened;
  socket.close();
  const hub = await listenOnHub(nginx.url, key);
  await hub.close();
  return until("nginx has logged the sockets", () => {
    const lines = nginx.log().slice(before).filter((line) => / \/(ws|hubs)\/recognitions/.test(line));
    return lines.length >= 3 && lines.map((line) => line.split(" ").at(-1));
  });
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
    for (const way of await processesOfSockets(context, key)) ways.add(way);
    hold(ways.size === 1, `One school goes to ${[...ways]} by its key's two headers, a cookie and sockets.`);
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
async function enrolment({ servers, labelsAt, hold, figures, long }) {
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
  hold(!long || Math.max(...slowest) <= 1000, `Enrolled on one, known on all only after ${slowest} ms.`);
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
async function listeners({ servers, nginx, keys, hold, figures }, way = "over PostgreSQL") {
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
  figures[`live ${way}: listeners`] = all.length;
  figures[`live ${way}: frames that all of them heard`] = frames;
  figures[`live ${way}: heard after the answer at most, ms`] = Math.max(0, Math.round(Math.max(...delays)));
  for (const listener of all) await listener.close();
}

/** Nobody's clock but the database's decides: all of this holds with one process's ahead. */
async function clocks({ servers, hold, figures }) {
  const ages = await Promise.all(servers.map(async ({ url }) => {
    const answer = await fetch(`${url}/health/live`);
    await answer.arrayBuffer();
    return Date.parse(answer.headers.get("date")) - Date.now();
  }));
  // A Date header has whole seconds.
  const lead = ages[2] - Math.max(ages[0], ages[1]);
  hold(Math.abs(lead - aheadSeconds * 1000) <= 1000, `The third process's clock is ${lead} ms ahead, not ${aheadSeconds} s.`);
  figures["clock of one process ahead, s"] = aheadSeconds;
}

/**
 * Marks students through nginx, each mark an event, by `clients` at a time until `enough()`. A client whose request fails sends it again
 * with the same Idempotency-Key where it `insists`, and counts it in any case.
 */
async function markStudents(context, enough, { clients = 8, insists = true } = {}) {
  const { call, as, keys, nginx, marks } = context;
  const counts = { accepted: 0, failed: [] };
  const client = async (n) => {
    const key = keys[n % keys.length];
    for (let i = n; !enough(); i += clients) {
      const idempotency = randomUUID();
      for (let isFirst = true; isFirst || insists; isFirst = false) {
        const answer = await call("POST", `${nginx.url}/api/v1/attendance/manual`,
          { student_id: `s-${i % students}`, status: "present", reason: `mark ${i}` },
          { ...as(key), "idempotency-key": idempotency }).catch((e) => ({ status: e.cause?.code ?? e.message }));
        if (answer.status === 201) {
          counts.accepted++;
          marks.add(answer.body.id);
          break;
        }
        counts.failed.push(answer.status);
        // No trouble of the line's or of a process', which passes.
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
          throw new Error(`A mark was refused: ${JSON.stringify(answer)}`);
        }
        await sleep(100);
      }
      await sleep(20);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  return counts;
}

/** Reads, and frames of a camera, through nginx until `enough()`. */
async function readAndRecognise({ call, as, keys, nginx }, enough) {
  const counts = { answered: 0, failed: [] };
  const client = async (ask) => {
    while (!enough()) {
      const status = await ask().then((answer) => answer.status, (e) => e.cause?.code ?? e.message);
      if (status === 200) counts.answered++;
      else counts.failed.push(status);
      await sleep(30);
    }
  };
  const frame = () => {
    const form = new FormData();
    form.append("image", new Blob([picture("citra-1")], { type: "image/jpeg" }), "frame.jpg");
    return call("POST", `${nginx.url}/recognize/realtime`, form, as(keys[0]));
  };
  await Promise.all([
    ...keys.map((key) => client(() => call("GET", `${nginx.url}/api/v1/students?limit=20`, undefined, as(key)))), client(frame),
  ]);
  return counts;
}

/** A process killed -9 at its work loses nothing: what was accepted stands there, and the others deliver it. */
async function killed(context) {
  const { servers, start, hold, figures, deciding, marks, receiver, nginx } = context;
  // Each third event's first attempt is never answered, so that the process dies with deliveries in its hands.
  const held = (id) => Number.parseInt(id.replaceAll(/[^0-9a-f]/g, "").slice(-2), 16) % 3 === 0;
  deciding((request, attempt) => (attempt === 1 && held(request.id) ? null : 200));
  const before = marks.size;
  let isEnough = false;
  const working = markStudents(context, () => isEnough);
  // The process that a school's requests go to.
  const busiest = () => {
    const counts = servers.map((server) => nginx.log().filter((line) => line.endsWith(`:${server.port}`)).length);
    return counts.indexOf(Math.max(...counts));
  };
  await sleep(seconds * 500);
  const victim = busiest();
  await servers[victim].kill();
  const died = performance.now();
  await sleep(seconds * 500);
  isEnough = true;
  const counts = await working;
  const isDelivered = (id) => receiver.requests.some((r) => r.answered === 200 && r.body.includes(id));
  const accepted = [...marks].slice(before);
  await until("what was accepted is delivered by the others", () => accepted.every(isDelivered), 60).catch((e) => hold(false, e.message));
  hold(accepted.length > 0 && accepted.every(isDelivered), `${accepted.filter((id) => !isDelivered(id)).length} events were lost.`);
  figures["killed -9: marks accepted meanwhile"] = counts.accepted;
  figures["killed -9: requests cut off and sent again"] = counts.failed.length;
  figures["killed -9: all delivered by the others after, s"] = Math.round(milliseconds(died) / 1000);
  deciding(() => 200);
  servers[victim] = await start(victim);
}

/** Live events go over Redis; while it is away everything but them goes on, and when it is back so do they. */
async function throughRedis(context) {
  const { servers, redis, receiver, hold, figures } = context;
  await listeners(context, "over Redis");
  await redis.stop();
  await sleep(cooldown * 1000);
  const before = receiver.requests.length;
  const own = listen(servers[0].url);
  await own.opened;
  const frame = await postImage(`${servers[0].url}/recognize/realtime`, picture("dewa-1"));
  await until("the event of a frame without Redis is delivered", () => receiver.requests.length > before)
    .then(() => hold(frame.status === 200, `A frame without Redis was answered ${frame.status}.`), (e) => hold(false, e.message));
  await until("a process' own listeners hear without Redis", () => own.heard.length > 0)
    .then(() => hold(true), (e) => hold(false, e.message));
  own.close();
  await redis.start();
  const since = performance.now();
  const far = listen(servers[1].url);
  await far.opened;
  await until("live events are back with Redis", async () => {
    await postImage(`${servers[0].url}/recognize/realtime`, picture("dewa-1"));
    return far.heard.length > 0;
  }).then(() => hold(true), (e) => hold(false, e.message));
  figures["live over Redis: back after its restart within, ms"] = milliseconds(since);
  far.close();
}

/** One after the other is stopped and started under load, and nobody's request fails. They come back with Redis, where there is one. */
async function rollingRestart(context) {
  const { servers, start, hold, figures, keys, nginx, redis, overRedis, say } = context;
  if (redis) {
    await redis.start();
    overRedis();
  }
  let isEnough = false;
  const sockets = servers.map((server) => listen(server.url));
  const hub = await listenOnHub(nginx.url, keys[0]);
  await Promise.all(sockets.map((socket) => socket.opened));
  const marking = markStudents(context, () => isEnough, { insists: false });
  const reading = readAndRecognise(context, () => isEnough);
  await sleep(1000);
  for (const i of servers.keys()) {
    const began = performance.now();
    const stopping = servers[i].stop();
    const readiness = await until(`process ${i + 1} says that it is not ready`,
      () => fetch(`${servers[i].url}/health/ready`).then(async (r) => (await r.arrayBuffer(), r.status === 503 && r.status)), 5)
      .catch((e) => e.message);
    const wasOpen = sockets[i].closed === null;
    const code = await stopping;
    hold(readiness === 503, `A stopping process is still ready: ${readiness}`);
    hold(wasOpen, "A stopping process told its sockets before it had drained.");
    hold(sockets[i].closed === 1001, `A socket of a process that stopped was closed with ${sockets[i].closed}, not 1001.`);
    hold(code === 0, `A process that was told to stop ended with ${code}.`);
    say(`process ${i + 1} stopped within ${milliseconds(began)} ms`);
    figures["rolling restart: a process stopped within, s"] =
      Math.max(figures["rolling restart: a process stopped within, s"] ?? 0, Math.round(milliseconds(began) / 100) / 10);
    servers[i] = await start(i);
    // nginx comes back to it.
    await sleep(2500);
  }
  isEnough = true;
  const [marks, others] = [await marking, await reading];
  const failed = [...marks.failed, ...others.failed];
  figures["rolling restart: changes made"] = marks.accepted;
  figures["rolling restart: reads and frames answered"] = others.answered;
  figures["rolling restart: requests failed"] = failed.length;
  figures["rolling restart: a hub's client came back, times"] = hub.reconnections;
  hold(failed.length === 0, `Requests failed in a rolling restart: ${[...new Set(failed)]}`);
  hold(hub.closed === null && hub.reconnections >= 1, `A hub's client came back ${hub.reconnections} times, closed ${hub.closed}.`);
  await hub.close();
}

/** PostgreSQL is restarted twice, in the middle of work. */
async function databaseRestarts(context) {
  const { servers, restartDatabase, hold, figures } = context;
  let isEnough = false;
  const working = markStudents(context, () => isEnough);
  const listening = servers.map((server) => listen(server.url));
  await Promise.all(listening.map((listener) => listener.opened));
  const modes = ["fast", "immediate"];
  for (const mode of modes) {
    await sleep(seconds * 250);
    execSync(restartDatabase.replaceAll("%m", mode), { stdio: "inherit" });
    await sleep(seconds * 250);
  }
  isEnough = true;
  const counts = await working;
  figures["PostgreSQL restarted, times"] = modes.length;
  figures["PostgreSQL restarted: marks accepted"] = counts.accepted;
  figures["PostgreSQL restarted: requests refused and sent again"] = counts.failed.length;
  hold(counts.accepted > 0, "Nothing was accepted around PostgreSQL's restarts.");
  const since = performance.now();
  // Whoever listens hears the others again, as soon as their connections are there.
  await until("everybody hears everybody again", async () => {
    await Promise.all(servers.map((server) => postImage(`${server.url}/recognize/realtime`, picture("dewa-1")).catch(() => {})));
    return listening.every((listener) => listener.heard.filter((event) => event.student_id === "dewa").length >= servers.length);
  }).then(() => hold(true), (e) => hold(false, e.message));
  figures["PostgreSQL restarted: all hear all again after, ms"] = milliseconds(since);
  for (const listener of listening) listener.close();
}

/** What was answered with 201 stands in the database once, and its event was accepted. */
async function everythingArrived({ database, receiver, marks, hold, figures }) {
  const accepted = () => new Set(receiver.requests.filter((r) => r.answered === 200).map((r) => r.id));
  await until("all events are delivered", () => query(database.connectionString,
    "SELECT count(*) FROM outbox WHERE status <> 'sent'") === "0", 60).catch((e) => hold(false, e.message));
  const stored = new Set(query(database.connectionString, "SELECT id FROM attendance_records WHERE origin = 'manual'").split("\n"));
  const lost = [...marks].filter((id) => !stored.has(id));
  hold(lost.length === 0, `${lost.length} records that were accepted are not there.`);
  const bodies = receiver.requests.filter((r) => r.answered === 200).map((r) => r.body).join("\n");
  const untold = [...marks].filter((id) => !bodies.includes(id));
  hold(untold.length === 0, `${untold.length} events of records that were accepted did not come.`);
  figures["marks accepted in all"] = marks.size;
  figures["of them stored"] = marks.size - lost.length;
  figures["of their events delivered"] = marks.size - untold.length;
  figures["events delivered in all"] = accepted().size;
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
  const { violations, held, figures } = await run(process.env.CLUSTER_FOLDER, {
    long: !process.argv.includes("--short"), restartDatabase: process.env.CLUSTER_RESTART_DATABASE, say: console.log,
  });
  figures["seconds"] = Math.round((performance.now() - began) / 1000);
  console.log("\n| three processes | |\n| --- | --- |");
  for (const [name, value] of Object.entries(figures)) console.log(`| ${name} | ${value} |`);
  console.log();
  for (const violation of violations) console.log(`VIOLATED: ${violation}`);
  console.log(`${held} passed, ${violations.length} failed`);
  return violations.length === 0 ? 0 : 1;
}

process.exitCode = await main();
