// The attacks of tests/abuse.sh. The attacker, the honest caller and the server are three processes, so that none of the first two measures
// the other; the attacker is nice to the other two, because a real one brings a machine of its own.
import { execFileSync, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { manyScans } from "./hostile-jpeg.mjs";
import { createDatabase, needsShared, photo, postImage, root, startServer } from "./server.mjs";

const seconds = Number(process.env.ABUSE_SECONDS) || 30;
const honestPauseMs = 100;
// What is waited for memory to come back, as the promise is a minute.
const restMs = 60_000;
const worstRatio = 3;
const worstGrowth = 1.1;

const json = (body, headers = {}) =>
  ({ method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
const bearer = (token) => ({ authorization: `Bearer ${token}` });

function form(bytes) {
  const body = new FormData();
  body.append("image", new Blob([bytes], { type: "image/jpeg" }), "photo.jpg");
  return body;
}

/** Calls `once` from several loops at a time until the time is up, and counts what came of each call. */
async function flood(loops, milliseconds, once) {
  const outcomes = {};
  const end = Date.now() + milliseconds;
  const loop = async () => {
    while (Date.now() < end) {
      const outcome = await once().catch(() => "cut off");
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      // An attacker who is refused at once would only measure how fast this program can ask.
      if (outcome === "cut off" || outcome >= 400) await sleep(5);
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return outcomes;
}

const post = (url, options) => fetch(url, { ...options, signal: AbortSignal.timeout(20_000) })
  .then(async (answer) => (await answer.arrayBuffer(), answer.status));

/** What each attacker does for `milliseconds`; answers what came of it. */
const attacks = {
  /** A student posts legal pictures of 880 scans. */
  async scans({ url, student, milliseconds }) {
    const picture = manyScans(4000);
    return flood(4, milliseconds, () => post(`${url}/api/face/test/`, { method: "POST", headers: bearer(student), body: form(picture) }));
  },

  /** A student begins 60 uploads of 14 MB, sends nearly all of each at once, and then nothing. */
  async uploads({ url, student, milliseconds }) {
    const { hostname, port } = new URL(url);
    const length = 14 * 1024 * 1024;
    const head = `POST /api/face/test/ HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${student}\r\n` +
      `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${length}\r\n\r\n` +
      '--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n';
    const sent = Buffer.alloc(length - 4096);
    const outcomes = {};
    const count = (outcome) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1);
    const sockets = Array.from({ length: 60 }, () => {
      const socket = connect(Number(port), hostname, () => (socket.write(head), socket.write(sent)));
      let answer = "";
      socket.on("data", (bytes) => (answer += bytes));
      socket.on("error", () => {});
      socket.on("close", () => count(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? "closed without an answer"));
      return socket;
    });
    await sleep(milliseconds);
    const open = sockets.filter((s) => !s.closed).length;
    sockets.forEach((s) => s.destroy());
    return { ...outcomes, "still open at the end": open };
  },

  /** A stranger guesses passwords. */
  async passwords({ url, milliseconds }) {
    return flood(20, milliseconds,
      () => post(`${url}/api/token/`, json({ username: `admin-${Math.random() < 0.5 ? "one" : "two"}`, password: randomUUID() })));
  },

  /** Another school sends pictures from 32 connections at once. */
  async pictures({ url, otherSchool, picture, milliseconds }) {
    const bytes = readFileSync(picture);
    return flood(32, milliseconds, () => post(`${url}/recognize`, { method: "POST", headers: bearer(otherSchool), body: form(bytes) }));
  },

  /** A student opens 800 connections to a hub and sends 2,000 calls that make no sense. */
  async connections({ url, student, milliseconds }) {
    const outcomes = {};
    const count = (outcome) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1);
    const end = Date.now() + milliseconds;
    const sockets = [];
    for (let i = 0; i < 800 && Date.now() < end; i++) {
      const socket = new WebSocket(`${url.replace("http", "ws")}/hubs/liveness?access_token=${student}`);
      socket.on("open", () => {
        count("opened");
        socket.send('{"protocol":"json","version":1}\u001e');
        for (let k = 0; k < 25;
        k++) socket.send(`{"type":1,"invocationId":"${k}","target":"SubmitFrame","arguments":[${"[".repeat(20)}${"]".repeat(20)}]}\u001e`);
      });
      socket.on("unexpected-response", (_, answer) => (count(answer.statusCode), socket.terminate()));
      socket.on("error", () => {});
      socket.on("close", () => count("closed"));
      sockets.push(socket);
      if (i % 20 === 19) await sleep(20);
    }
    await sleep(Math.max(0, end - Date.now()));
    sockets.forEach((s) => s.terminate());
    return outcomes;
  },
};

/** What the honest caller does: looks students up and has a camera's frame recognised, some five times a second each. */
async function beHonest({ url, key, picture, milliseconds }) {
  const bytes = readFileSync(picture);
  const took = [];
  const refused = [];
  const end = Date.now() + milliseconds;
  const calls = [
    () => fetch(`${url}/students?limit=20`, { headers: bearer(key) }),
    () => fetch(`${url}/recognize`, { method: "POST", headers: bearer(key), body: form(bytes) }),
  ];
  await Promise.all(calls.map(async (call) => {
    while (Date.now() < end) {
      const began = performance.now();
      const answer = await call().catch((error) => ({ ok: false, status: error.cause?.code ?? error.message, arrayBuffer: () => {} }));
      await answer.arrayBuffer();
      took.push(performance.now() - began);
      if (!answer.ok) refused.push(answer.status);
      await sleep(honestPauseMs);
    }
  }));
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  return { calls: took.length, p50: at(0.5), p99: at(0.99), refused };
}

if (process.send) {
  process.once("message", async ({ work, ...input }) => {
    if (work !== "honest") setPriority(constants.priority.PRIORITY_LOW);
    process.send(await (work === "honest" ? beHonest(input) : attacks[work](input)));
    process.disconnect();
    process.exit();
  });
} else {
  process.exitCode = await main(process.argv.slice(2));
}

/** Has another process do it. */
function inChild(work, input) {
  const child = fork(fileURLToPath(import.meta.url));
  child.send({ work, ...input });
  return new Promise((done, failed) => {
    child.once("message", done);
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`${work} ended with ${code}.`)));
  });
}

async function main(chosen) {
  const unknown = chosen.filter((name) => !attacks[name]);
  if (unknown.length) return console.error(`There is no attack ${unknown}. The attacks: ${Object.keys(attacks).join(", ")}`), 2;
  if (needsShared) return console.error("This needs a photograph of ../shared/faces."), 2;

  const picture = photo("lfw/Ari_Fleischer/Ari_Fleischer_0002.jpg");
  const database = await createDatabase();
  const server = await startServer(database.connectionString, { LOG_FORMAT: "json" });
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
  try {
    const { url } = server;
    const made = async (path, body) => {
      const answer = await fetch(url + path, json(body));
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    };
    const { body: enrolled } = await postImage(`${url}/enroll`, readFileSync(photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg")),
      { student_id: "ari" });
    if (!enrolled.ok) throw new Error(`The photograph was not enrolled: ${JSON.stringify(enrolled)}`);
    const { key } = await made("/api/v1/api-keys", { name: "gate", scopes: ["recognize", "enroll", "attendance:read"] });
    const who = { username: "ari.student", password: randomUUID() };
    await made("/api/v1/users", { ...who, role: "student", student_id: "ari" });
    const { access: student } = await made("/api/token/", who);
    const otherSchool = /fa_\S+/.exec(execFileSync("dotnet", [server.program, "--add-school", "Other"], {
      cwd: root, encoding: "utf8", env: { ...process.env, ConnectionStrings__Default: database.connectionString },
    }))[0];
    const honest = { url, key, picture };

    console.log(`${seconds} s of each attack. Milliseconds are the honest caller's, megabytes the server's resident memory.\n`);
    console.log(
      "attack      | quiet p50/p99 | p50/p99 under attack | ratio of p99 | honest calls refused " +
        "| MB before, most, after 60 s | what the attacker got");
    let failures = 0;
    // Compiled, loaded and pooled is what an honest day leaves too.
    await inChild("honest", { ...honest, milliseconds: 10_000 });
    for (const name of chosen.length ? chosen : Object.keys(attacks)) {
      const quiet = await inChild("honest", { ...honest, milliseconds: seconds * 1000 });
      const before = memory();
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, memory())), 100);
      const milliseconds = seconds * 1000;
      const [attacked, outcome] = await Promise.all([
        inChild("honest", { ...honest, milliseconds }), inChild(name, { url, student, otherSchool, picture, milliseconds }),
      ]);
      await sleep(restMs);
      clearInterval(watch);
      const after = memory();
      const ratio = attacked.p99 / quiet.p99;
      const faults = [
        ratio > worstRatio && `p99 is ${ratio.toFixed(1)} times that of quiet`,
        attacked.refused.length && `${attacked.refused.length} honest calls refused (${[...new Set(attacked.refused)]})`,
        after > before * worstGrowth && `memory stayed at ${(after / before).toFixed(2)} times what it was`,
      ].filter(Boolean);
      failures += faults.length;
      const two = ({ p50, p99 }) => `${p50.toFixed(0)}/${p99.toFixed(0)}`;
      console.log([
        name.padEnd(11), two(quiet), two(attacked), `${ratio.toFixed(2)} ×`, `${attacked.refused.length} of ${attacked.calls}`,
        `${before.toFixed(0)}, ${most.toFixed(0)}, ${after.toFixed(0)}`, Object.entries(outcome).map(([what, n]) => `${n} ${what}`)
          .join(", "),
      ].join(" | ") + faults.map((fault) => `\n  FAILED: ${fault}`).join(""));
    }
    console.log(`\nThe server's log has ${(server.output().length / 1024).toFixed(0)} KB.`);
    return failures ? 1 : 0;
  } finally {
    await server.kill();
    database.drop();
  }
}
