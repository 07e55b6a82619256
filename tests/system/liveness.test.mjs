// A liveness session as an existing client drives it, one JSON object a frame on a plain WebSocket, and as a SignalR client does, and the check-in
// that its result pays for.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as signalR from "@microsoft/signalr";
import WebSocket from "ws";
import { createDatabase, logIn, needsShared, photo, postImage, startReceiver, startServer, until } from "./server.mjs";

let database, server, receiver, token;

before(async () => {
  database = await createDatabase();
  receiver = await startReceiver(() => 200);
  server = await startServer(database.connectionString, {
    LIVENESS_CHALLENGES: "blink", LIVENESS_STEPS: "1", LIVENESS_ATTEMPTS: "4", ATTENDANCE_WEBHOOK_URL: receiver.url,
  });
  token = await logIn(server.url);
  if (needsShared) return;
  for (const [student, picture] of [["franck", "liveness/no-blink/franck_c"], ["ari", "lfw/Ari_Fleischer"]]) {
    const answer = await postImage(`${server.url}/enroll`, frames(picture)[0], { student_id: student });
    assert.equal(answer.body.ok, true, JSON.stringify(answer.body));
  }
});

after(async () => {
  await server?.kill();
  await receiver?.close();
  database?.drop();
});

const frames = (folder) => readdirSync(photo(folder)).filter((name) => /\.(jpg|png)$/.test(name)).sort().map((name) => readFileSync(photo(`${folder}/${name}`)));

/** Opens a session and collects what the server says; `play` sends frames at a rate until the server closes. */
function open(query, access = token) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/liveness/${query}`, { headers: { authorization: `Bearer ${access}` } });
  const answers = [];
  socket.on("message", (text) => answers.push(JSON.parse(text)));
  const closed = new Promise((done) => socket.once("close", (code) => done(code)));
  return {
    answers, closed, socket,
    opened: new Promise((done) => socket.once("open", done)),
    async play(pictures, perSecond, encode = (picture) => picture.toString("base64")) {
      const start = Date.now();
      for (const [i, picture] of pictures.entries()) {
        await sleep(Math.max(0, start + (i * 1000) / perSecond - Date.now()));
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(encode(picture));
      }
      for (const deadline = Date.now() + 3000; socket.readyState === WebSocket.OPEN && Date.now() < deadline; ) await sleep(50);
    },
  };
}

/** A session over the hub; `calls` sends each frame by a call, otherwise they go up in one stream. */
async function openHub(user, calls) {
  const hub = new signalR.HubConnectionBuilder().withUrl(`${server.url}/hubs/liveness`, { accessTokenFactory: () => token }).configureLogging(signalR.LogLevel.Error).build();
  const heard = { Challenge: [], Progress: [], Verdict: [] };
  const ended = new Promise((done) => {
    for (const name of Object.keys(heard)) hub.on(name, (answer) => (heard[name].push(answer), name === "Verdict" && done(answer)));
  });
  await hub.start();
  await hub.invoke("Start", user);
  return {
    hub, heard, ended,
    async play(pictures, perSecond) {
      const frames = calls ? null : new signalR.Subject();
      if (frames) hub.send("StreamFrames", frames);
      const start = Date.now();
      for (const [i, picture] of pictures.entries()) {
        await sleep(Math.max(0, start + (i * 1000) / perSecond - Date.now()));
        if (heard.Verdict.length) return;
        if (frames) frames.next(picture.toString("base64"));
        else await hub.invoke("SubmitFrame", picture.toString("base64"));
      }
      frames?.complete();
      await Promise.race([ended, sleep(3000)]);
    },
  };
}

const threeKeys = (answer) => assert.ok(["error", "challenge", "action_detected"].every((key) => key in answer), JSON.stringify(answer));

test("without a user or a registered face the socket says so and closes with 1008", async () => {
  for (const [query, text] of [["", "Missing user_id"], ["?user_id=nobody", "Face not registered"], ["?user_id=../x", "Face not registered"]]) {
    const session = open(query);

    assert.equal(await session.closed, 1008);
    assert.deepEqual(session.answers.map((a) => [a.error, a.challenge, a.action_detected]), [[text, null, false]]);
  }
});

test("a student's own token opens a session for that student only, and none opens nothing", { skip: needsShared }, async () => {
  const own = await logIn(server.url, "ari");
  const session = open("?user_id=franck", own);
  const refused = new WebSocket(`${server.url.replace("http", "ws")}/ws/liveness/?user_id=franck`);
  const status = await new Promise((done) => refused.once("unexpected-response", (_, answer) => done(answer.statusCode)));

  assert.equal(await session.closed, 1008);
  assert.equal(session.answers[0].error, "Forbidden user_id");
  assert.equal(status, 401);
});

test("a blink passes, and the answer holds a token", { skip: needsShared, timeout: 120_000 }, async () => {
  const session = open("?user_id=franck");
  await session.opened;
  await session.play(frames("liveness/blink/franck_a"), 8, (picture) => `data:image/jpeg;base64,${picture.toString("base64")}`);
  const last = session.answers.at(-1);

  session.answers.forEach(threeKeys);
  assert.deepEqual([last.error, last.challenge, last.action_detected], [null, "blink", true], JSON.stringify(session.answers.map((a) => [a.error, a.hint])));
  assert.ok(last.result_token.length > 40);
  assert.equal(await session.closed, 1000);
  assert.ok(session.answers.slice(0, -1).every((a) => a.action_detected === false && !("result_token" in a)));
});

test("a blink, at school, checks in once and tells the school's backend", { skip: needsShared, timeout: 120_000 }, async () => {
  const session = open("?user_id=franck");
  await session.opened;
  await session.play(frames("liveness/blink/franck_b"), 8);
  const token = session.answers.at(-1).result_token;
  assert.ok(token, JSON.stringify(session.answers.map((a) => [a.error, a.hint])));
  const checkIn = (changes, key) => fetch(`${server.url}/api/v1/check-ins`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key ? { "idempotency-key": key } : {}) },
    body: JSON.stringify({
      student_id: "franck", liveness_token: token, lat: -7.9673435, lon: 112.6267206, accuracy_m: 8, captured_at: new Date().toISOString(), device_id: "phone-1", ...changes,
    }),
  }).then(async (answer) => ({ status: answer.status, body: await answer.json() }));

  const another = await checkIn({ student_id: "ari" });
  const captured_at = new Date().toISOString();
  const first = await checkIn({ captured_at }, "key-1");
  const retried = await checkIn({ captured_at }, "key-1");
  const again = await checkIn({}, "key-2");
  const elsewhere = await checkIn({ lat: -7.9674532, lon: 112.627025 });

  assert.deepEqual([elsewhere.status, elsewhere.body.decision, elsewhere.body.verdict], [422, "refused", "outside"], JSON.stringify(elsewhere.body));
  assert.equal(another.status, 422, JSON.stringify(another.body));
  assert.deepEqual([first.status, first.body.decision, first.body.verdict], [201, "accepted", "inside"], JSON.stringify(first.body));
  assert.deepEqual(retried.body, first.body);
  assert.equal(again.status, 422, JSON.stringify(again.body));
  const events = () => receiver.requests.map((r) => JSON.parse(r.body)).filter((e) => e.student_id === "franck");
  await until("the event arrives", () => events().length > 0);
  assert.equal(events().length, 1, JSON.stringify(events()));
});

for (const [how, calls, clip] of [["by calls", true, "franck_a"], ["in a stream", false, "franck_b"]]) {
  test(`a blink passes over the hub, frames sent ${how}`, { skip: needsShared, timeout: 120_000 }, async () => {
    const session = await openHub("franck", calls);
    await session.play(frames(`liveness/blink/${clip}`), 8);
    await session.hub.stop();
    const [verdict, ...more] = session.heard.Verdict;

    assert.ok(verdict, JSON.stringify(session.heard.Progress.map((a) => [a.error, a.hint])));
    assert.deepEqual([verdict.error, verdict.challenge, verdict.action_detected, more], [null, "blink", true, []]);
    assert.ok(verdict.result_token.length > 40);
    assert.deepEqual(session.heard.Challenge.map((a) => [a.challenge, a.step, a.steps, a.hint]), [["blink", 1, 1, "look_straight"]]);
    session.heard.Progress.forEach(threeKeys);
    assert.ok(session.heard.Progress.length > 3 && session.heard.Progress.every((a) => a.action_detected === false && a.session_id === verdict.session_id));
  });
}

test("open eyes do not pass over the hub, and a still photo is told so", { skip: needsShared, timeout: 120_000 }, async () => {
  const session = await openHub("franck", false);
  await session.play(frames("liveness/no-blink/franck_c"), 10);
  const still = frames("liveness/no-blink/franck_c")[0];
  for (let i = 0; i < 12; i++) {
    await session.hub.invoke("SubmitFrame", still.toString("base64"));
    await sleep(250);
  }
  await session.hub.stop();

  assert.deepEqual(session.heard.Verdict.filter((a) => a.action_detected), []);
  assert.ok(session.heard.Progress.slice(0, 10).every((a) => a.error === null));
  assert.equal(session.heard.Progress.at(-1).error, "Static image");
});

test("over the hub an unknown user is told, and a second session of a connection may follow", async () => {
  const session = await openHub("nobody", true);
  const refused = await session.ended;
  await session.hub.invoke("Start", "");
  await session.hub.stop();

  assert.deepEqual([refused.error, refused.challenge, refused.action_detected], ["Face not registered", null, false]);
  assert.deepEqual(session.heard.Verdict.map((a) => a.error), ["Face not registered", "Missing user_id"]);
});

test("open eyes do not pass", { skip: needsShared, timeout: 120_000 }, async () => {
  const session = open("?user_id=franck");
  await session.opened;
  await session.play(frames("liveness/no-blink/franck_c"), 10, (picture) => picture);
  session.socket.close();

  assert.ok(session.answers.length > 10);
  assert.ok(session.answers.every((a) => a.action_detected === false && a.error === null && a.challenge === "blink"), JSON.stringify(session.answers.map((a) => a.error)));
});

test("a still photo is a static image", { skip: needsShared, timeout: 120_000 }, async () => {
  const still = frames("lfw/Ari_Fleischer")[0];
  const session = open("?user_id=ari");
  await session.opened;
  await session.play(Array(30).fill(still), 5);
  session.socket.close();

  assert.ok(session.answers.some((a) => a.error === "Static image"), JSON.stringify(session.answers.map((a) => a.error)));
  assert.ok(session.answers.every((a) => a.action_detected === false));
});

test("another person, an empty picture and no picture are told apart, and attempts are counted", { skip: needsShared, timeout: 120_000 }, async () => {
  const session = open("?user_id=ari");
  await session.opened;
  await session.play([Buffer.from("this is no picture"), frames("liveness/blink/franck_a")[0], frames("groups/compreface").at(-1)], 2);
  session.socket.close();
  const texts = session.answers.map((a) => a.error);
  for (let i = 0; i < 2; i++) {
    const again = open("?user_id=ari");
    await again.opened;
    again.socket.close();
    await again.closed;
  }
  const refused = open("?user_id=ari");

  assert.ok(texts.includes("Face does not match") && texts.includes("Internal server error"), JSON.stringify(session.answers));
  assert.equal(await refused.closed, 1008);
  assert.equal(refused.answers[0].error, "Too many attempts");
  assert.ok(refused.answers[0].retry_after_seconds > 0);
});

test("a frame beyond 2 MiB closes with 1009", { skip: needsShared }, async () => {
  const session = open("?user_id=franck");
  await session.opened;
  session.socket.send(Buffer.alloc(3 * 1024 * 1024));

  assert.equal(await session.closed, 1009);
});
