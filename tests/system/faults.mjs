// Events on their way from a server that is killed, over a line that fails half of the time, to the receiver example, which is restarted;
// the database is restarted too. Then every event is counted.
import { spawn, execSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createDatabase, freePort, query, root, startServer, until } from "./server.mjs";

// How long the server waits for an answer, and until when the line gives one: what came later than the server waits was never accepted.
const timeout = 2_000;
const latestAnswer = 1_000;

const receiverProgram = join(root, "deploy/receiver-example/bin/Release/net10.0/FaceAttendance.ReceiverExample.dll");

/** A generator of numbers in [0, 1) that a seed repeats (mulberry32). */
function randomOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The receiver example as a process of its own; `restart()` kills it and starts it again. */
async function startReceiver(port, secret, connectionString) {
  let child;
  const start = async () => {
    child = spawn("dotnet", [receiverProgram, "--urls", `http://127.0.0.1:${port}`, "--Logging:LogLevel:Default=None"], {
      cwd: root, stdio: "ignore", env: { ...process.env, WEBHOOK_SECRETS: secret, ConnectionStrings__Default: connectionString },
    });
    await until("the receiver listens", () => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false), 60);
  };
  const kill = async () => {
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
  };
  await start();
  return { kill, restart: async () => (await kill(), await start()) };
}

/** The line between server and receiver. Half of what goes over it fails: before the receiver, or after it has stored the event. */
async function startLine(receiverPort, random) {
  const accepted = new Map();
  const counts = { attempts: 0, accepted: 0, refused: 0, answerLost: 0, reset: 0, hung: 0, receiverDown: 0 };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const forward = (request, body) => new Promise((done) => {
    const onward = http.request(
      { host: "127.0.0.1", port: receiverPort, path: request.url, method: "POST", headers: request.headers, agent }, (answer) => {
      answer.resume();
      answer.on("end", () => done(answer.statusCode));
      answer.on("error", () => done(null));
    });
    onward.on("error", () => done(null));
    onward.end(body);
  });
  const server = http.createServer(async (request, response) => {
    response.on("error", () => {});
    const parts = [];
    const arrived = Date.now();
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return;
    }
    const body = Buffer.concat(parts);
    const answer = (status) => response.writeHead(status, { "content-type": "application/json" }).end(`{"status":${status}}`);
    counts.attempts++;
    const luck = line.isClear ? 1 : random();
    if (luck < 0.25) return counts.refused++, answer(500);
    if (luck < 0.28) return counts.reset++, request.socket.destroy();
    if (luck < 0.3) return void counts.hung++;
    const status = await forward(request, body);
    if (status === null || status >= 300) return counts.receiverDown++, answer(502);
    if (luck < 0.5 || Date.now() - arrived > latestAnswer) return counts.answerLost++, answer(503);
    // The server may be dead by now; then nobody hears this.
    if (response.destroyed || response.socket?.destroyed) return;
    const id = request.headers["webhook-id"];
    response.on("finish", () => {
      counts.accepted++;
      accepted.set(id, [...(accepted.get(id) ?? []), Date.now()]);
    });
    answer(status);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const line = {
    url: `http://127.0.0.1:${server.address().port}/webhooks/attendance`,
    isClear: false, accepted, counts,
    close: () => new Promise((done) => (agent.destroy(), server.closeAllConnections(), server.close(done))),
  };
  return line;
}

/**
 * @param restartDatabase a shell command that restarts the cluster, with %m for pg_ctl's mode; none leaves the database alone
 * @returns numbers, and a list of what was violated
 */
export async function runFaults(
  { events, kills, databaseRestarts = 0, receiverRestarts = 0, students = 100, clients = 16, restartDatabase, seed = Date.now() % 2 ** 31,
    say = () => {} }) {
  say(`seed ${seed}`);
  const random = randomOf(seed);
  const [database, receiverDatabase] = [await createDatabase(), await createDatabase()];
  const receiverPort = await freePort();
  const line = await startLine(receiverPort, random);
  const environment = {
    PORT: String(await freePort()), FACE_PROFILE: "starter", FACE_WORKERS: "1", WEBHOOK_ALLOW_PRIVATE: "true",
    Webhook__Timeout: new Date(timeout).toISOString().slice(11, 23),
    Webhook__PollInterval: "00:00:00.1", Logging__LogLevel__Default: "Error",
    // Half of all attempts fail, so one event may need many.
    ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`Webhook__RetryPauses__${i}`, "00:00:00.2"])),
  };
  const crashes = [];
  const violations = [];
  const began = Date.now();
  let server = await startServer(database.connectionString, environment);
  let receiver;
  try {
    const call = async (path, body, headers = {}) => fetch(server.url + path, {
      method: "POST", body: body instanceof FormData ? body : JSON.stringify(body),
      headers: body instanceof FormData ? headers : { "content-type": "application/json", ...headers }, signal: AbortSignal.timeout(20_000),
    });
    const made = await (await call("/api/v1/webhooks", { url: line.url })).json();
    if (!made.secret) throw new Error(`No endpoint was made: ${JSON.stringify(made)}`);
    receiver = await startReceiver(receiverPort, made.secret, receiverDatabase.connectionString);
    for (let i = 0; i < students; i++) {
      const form = new FormData();
      form.append("student_id", `student-${i}`);
      form.append("full_name", `Student ${i}`);
      const answer = await call("/students", form);
      if (!answer.ok) throw new Error(`No student was added: ${answer.status} ${await answer.text()}`);
    }

    const records = new Set();
    let next = 0, repeated = 0;
    const client = async () => {
      for (let i = next++; i < events; i = next++) {
        const key = randomUUID();
        // No further ahead than this, so that disasters strike requests and deliveries alike.
        while (i - line.accepted.size > Math.max(50, events / 20)) await sleep(20);
        for (;;) {
          try {
            const answer = await call("/api/v1/attendance/manual",
              { student_id: `student-${i % students}`, status: "present", reason: `event ${i}` }, { "idempotency-key": key });
            if (answer.status === 201) {
              records.add((await answer.json()).id);
              break;
            }
            if (answer.status < 500 && answer.status !== 429) throw new Error(`event ${i}: ${answer.status} ${await answer.text()}`);
            await answer.arrayBuffer();
          } catch (e) {
            if (e.message.startsWith("event ")) {
              violations.push(e.message);
              break;
            }
          }
          repeated++;
          await sleep(50 + 100 * random());
        }
      }
    };

    // Spread over the events, and over what is left to deliver when all are made.
    const disasters = [
      ...Array.from({ length: kills }, (_, i) => ({ at: (i + 1) / (kills + 1), what: "kill" })),
      ...Array.from({ length: databaseRestarts },
        (_, i) => ({ at: (i + 0.55) / databaseRestarts, what: "database", mode: i % 2 ? "immediate" : "fast" })),
      ...Array.from({ length: receiverRestarts }, (_, i) => ({ at: (i + 0.35) / receiverRestarts, what: "receiver" })),
    ].sort((a, b) => a.at - b.at);
    const delivered = () => line.accepted.size;
    const strike = async () => {
      for (const { at, what, mode } of disasters) {
        await until(`${Math.round(at * events)} events are delivered`, () => delivered() >= at * events * 0.97, 600);
        await sleep(200 * random());
        crashes.push({ what, at: Date.now() });
        if (what === "kill") {
          await server.kill();
          server = await startServer(database.connectionString, environment);
        } else if (what === "receiver") await receiver.restart();
        else execSync(restartDatabase.replace("%m", mode), { stdio: "ignore" });
        crashes.at(-1).over = Date.now();
        say(`${((Date.now() - began) / 1000).toFixed(0)} s: ${what}${mode ? ` (
          ${mode})` : ""} over, ${records.size} events made, ${delivered()} accepted`);
      }
    };
    await Promise.all([strike(), ...Array.from({ length: clients }, client)]);
    line.isClear = true;
    const pending = () => Number(query(database.connectionString, "SELECT count(*) FROM outbox WHERE status = 'pending'"));
    await until("nothing is left to deliver", () => pending() === 0, 120);

    const value = (connectionString, sql) => Number(query(connectionString, sql));
    const stored = value(receiverDatabase.connectionString, "SELECT count(*) FROM attendance_events");
    const storedRecords = new Set(
      query(receiverDatabase.connectionString, "SELECT body ->> 'record_id' FROM attendance_events").split("\n"));
    const lost = [...records].filter((id) => !storedRecords.has(id)).length;
    const gaps = value(receiverDatabase.connectionString,
      "SELECT count(*) FROM (SELECT 1 FROM attendance_events GROUP BY student_id " +
        "HAVING min(sequence) <> 1 OR max(sequence) <> count(*)) AS g");
    const dead = value(database.connectionString, "SELECT count(*) FROM outbox WHERE status <> 'sent'");
    const acceptedTwice = [...line.accepted.values()].filter((times) => times.length > 1);
    // Between two acceptances of one event there is a crash: a kill, or a database that was away, from which the second came.
    const unexplained = acceptedTwice.filter((times) =>
      times.some((time, i) => i > 0
        && !crashes.some((c) => c.what !== "receiver" && c.over >= times[i - 1] - latestAnswer && c.at <= time)));
    for (const times of unexplained.slice(0, 5)) say(
      `came again: accepted ${times.map((t) => ((t - began) / 1000).toFixed(2)).join(" s, ")} s`);

    if (records.size !== events) violations.push(`${records.size} of ${events} events were made`);
    if (stored !== events) violations.push(`the receiver stored ${stored} of ${events} events`);
    if (lost) violations.push(`${lost} events never reached the receiver`);
    if (line.accepted.size !== events) violations.push(`${line.accepted.size} of ${events} events were accepted`);
    if (gaps) violations.push(`${gaps} of ${students} students have gaps in their numbers`);
    if (dead) violations.push(`${dead} deliveries are not sent`);
    if (unexplained.length) violations.push(`${unexplained.length} events came again after their 2xx without a crash in between`);
    return {
      violations, seconds: Math.round((Date.now() - began) / 1000), events: records.size, repeatedRequests: repeated, ...line.counts,
      stored, gaps,
      acceptedTwice: acceptedTwice.length, mostAcceptances: Math.max(...[...line.accepted.values()].map((t) => t.length)),
      unexplained: unexplained.length,
      kills: crashes.filter((c) => c.what === "kill").length, databaseRestarts: crashes.filter((c) => c.what === "database").length,
      receiverRestarts: crashes.filter((c) => c.what === "receiver").length,
    };
  } finally {
    await server.kill();
    await receiver?.kill();
    await line.close();
    database.drop();
    receiverDatabase.drop();
  }
}

if (process.argv[1] === import.meta.filename) {
  const numbers = await runFaults({
    events: Number(process.env.FAULT_EVENTS ?? 10_000), kills: Number(process.env.FAULT_KILLS ?? 20), databaseRestarts: 2,
    receiverRestarts: 3,
    restartDatabase: process.env.FAULT_RESTART_DATABASE, seed: process.env.FAULT_SEED
      ? Number(process.env.FAULT_SEED) : undefined, say: console.log,
  });
  for (const [name, number] of Object.entries(numbers)) if (name !== "violations") console.log(
    `${name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`).padEnd(20)} ${number}`);
  for (const violation of numbers.violations) console.log(`VIOLATED: ${violation}`);
  console.log(numbers.violations.length === 0 ? "Every event arrived, in full and no oftener than the crashes explain." : "FAILED");
  process.exit(numbers.violations.length === 0 ? 0 : 1);
}
