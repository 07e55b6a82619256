// A liveness session as an existing client drives it, one JSON object a frame on a plain WebSocket, and as a SignalR client does, and the
// check-in that its result pays for.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
    ATTENDANCE_WEBHOOK_EVENTS: "attendance.checked_in",
  });
  token = await logIn(server.url);
  if (needsShared) return;
  await enrol("franck", "liveness/no-blink/franck_c");
  await enrol("ari", "lfw/Ari_Fleischer");
});

after(async () => {
  await server?.kill();
  await receiver?.close();
  database?.drop();
});

const frames = (folder) => readdirSync(photo(folder)).filter((name) => /\.(jpg|png)$/.test(name)).sort()
  .map((name) => readFileSync(photo(`${folder}/${name}`)));

/** Pictures that ffmpeg makes. */
function made(...options) {
  const folder = mkdtempSync(join(tmpdir(), "made-"));
  try {
    execFileSync("ffmpeg", ["-v", "error", ...options, "-q:v", "3", join(folder, "%03d.jpg")]);
    return readdirSync(folder).sort().map((name) => readFileSync(join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a camera takes of a picture that is held before it: never the same twice. */
const filmed = (file, count) =>
  made("-loop", "1", "-i", file, "-vf", "scale='min(640,iw)':-2,noise=alls=9:allf=t,crop=iw-16:ih-16:8+7*sin(n*0.9):8+7*cos(n*0.7)",
    "-frames:v", String(count));

/** A student who may resemble another: a clip passes once a student, for the server knows the pictures of earlier sessions again. */
async function enrol(student, pictures) {
  const [picture] = typeof pictures === "string" ? frames(pictures) : pictures;
  const answer = await postImage(`${server.url}/enroll?override_duplicate=true&reason=same+clip`, picture, { student_id: student });
  assert.equal(answer.body.ok, true, JSON.stringify(answer.body));
  return student;
}

/** Opens a session and collects what the server says; `play` sends frames at a rate until the server closes. */
function open(query, access = token, url = server.url) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/liveness/${query}`, { headers: { authorization: `Bearer ${access}` } });
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
async function openHub(user, calls, url = server.url) {
  const hub = new signalR.HubConnectionBuilder().withUrl(`${url}/hubs/liveness`,
    { accessTokenFactory: () => token }).configureLogging(signalR.LogLevel.Error).build();
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
  for (const [query, text] of [["", "Missing user_id"], ["?user_id=nobody", "Face not registered"],
    ["?user_id=../x", "Face not registered"]]) {
    const session = open(query);

    assert.equal(await session.closed, 1008);
    assert.deepEqual(session.answers.map((a) => [a.error, a.challenge, a.action_detected]), [[text, null, false]]);
  }
});

test("a student's own token opens a session for that student only", { skip: needsShared }, async () => {
  const session = open("?user_id=franck", await logIn(server.url, "ari"));

  assert.equal(await session.closed, 1008);
  assert.equal(session.answers[0].error, "Forbidden user_id");
});

test("a wrong token, and none from beyond this machine, are told so on the socket", async () => {
  for (const [headers, text] of [
    [{ authorization: "Bearer none" }, "Given token not valid for any token type"],
    [{ "x-forwarded-for": "203.0.113.9" }, "Authentication credentials were not provided."],
  ]) {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws/liveness/?user_id=franck`, { headers });
    const answers = [];
    socket.on("message", (message) => answers.push(JSON.parse(message)));
    const code = await new Promise((done) => socket.once("close", done));

    assert.equal(code, 1008);
    assert.deepEqual(answers.map((a) => [a.error, a.challenge, a.action_detected]), [[text, null, false]]);
  }
});

test("a blink passes, and the answer holds a token; its recording passes on neither transport", { skip: needsShared, timeout: 120_000 },
  async () => {
  const session = open(`?user_id=${await enrol("recorded", "liveness/no-blink/franck_c")}`);
  await session.opened;
  await session.play(frames("liveness/blink/franck_a"), 8, (picture) => `data:image/jpeg;base64,${picture.toString("base64")}`);
  const last = session.answers.at(-1);

  session.answers.forEach(threeKeys);
  assert.deepEqual([last.error, last.challenge, last.action_detected], [null, "blink", true],
    JSON.stringify(session.answers.map((a) => [a.error, a.hint])));
  assert.ok(last.result_token.length > 40);
  assert.equal(await session.closed, 1000);
  assert.ok(session.answers.slice(0, -1).every((a) => a.action_detected === false && !("result_token" in a)));

  const replay = open("?user_id=recorded");
  await replay.opened;
  await replay.play(frames("liveness/blink/franck_a").slice(1), 8);
  const overHub = await openHub("recorded", true);
  await overHub.play(frames("liveness/blink/franck_a"), 8);
  await overHub.hub.stop();

  assert.equal(await replay.closed, 1008);
  assert.deepEqual([replay.answers.at(-1).error, replay.answers.at(-1).action_detected], ["Presentation attack suspected", false]);
  assert.deepEqual(overHub.heard.Verdict.map((a) => [a.error, a.action_detected]), [["Presentation attack suspected", false]]);
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
      student_id: "franck", liveness_token: token, lat: -7.9673435, lon: 112.6267206, accuracy_m: 8, captured_at: new Date().toISOString(),
      device_id: "phone-1", ...changes,
    }),
  }).then(async (answer) => ({ status: answer.status, body: await answer.json() }));

  const another = await checkIn({ student_id: "ari" });
  const captured_at = new Date().toISOString();
  const first = await checkIn({ captured_at }, "key-1");
  const retried = await checkIn({ captured_at }, "key-1");
  const again = await checkIn({}, "key-2");
  const elsewhere = await checkIn({ lat: -7.9674532, lon: 112.627025 });

  assert.deepEqual([elsewhere.status, elsewhere.body.decision, elsewhere.body.verdict], [422, "refused", "outside"],
    JSON.stringify(elsewhere.body));
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
    const session = await openHub(await enrol(clip, "liveness/no-blink/franck_c"), calls);
    await session.play(frames(`liveness/blink/${clip}`), 8);
    await session.hub.stop();
    const [verdict, ...more] = session.heard.Verdict;

    assert.ok(verdict, JSON.stringify(session.heard.Progress.map((a) => [a.error, a.hint])));
    assert.deepEqual([verdict.error, verdict.challenge, verdict.action_detected, more], [null, "blink", true, []]);
    assert.ok(verdict.result_token.length > 40);
    assert.deepEqual(session.heard.Challenge.map((a) => [a.challenge, a.step, a.steps, a.hint]), [["blink", 1, 1, "look_straight"]]);
    session.heard.Progress.forEach(threeKeys);
    assert.ok(session.heard.Progress.length > 3
      && session.heard.Progress.every((a) => a.action_detected === false && a.session_id === verdict.session_id));
  });
}

// The head is shaken in the clip: to its left, right and left again. Its frames from 523 to 552 backwards, between quiet ones, are a turn
// to the right alone.
const number = (from, to) => Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => (from < to ? from + i : from - i) - 484);
for (const [side, played] of [["turn_left", number(484, 606)],
  ["turn_right", [...number(588, 606), ...number(552, 523), ...number(484, 496)]]]) {
  test(`a real head's ${side} passes over the socket and over the hub`, { skip: needsShared, timeout: 120_000 }, async () => {
    const turning = await startServer(database.connectionString, { LIVENESS_CHALLENGES: side, LIVENESS_STEPS: "1" });
    const all = frames("liveness/head-turn/cap13");
    const clip = played.map((i) => all[i]);
    try {
      const session = open(`?user_id=${await enrol(`${side}-1`, "liveness/head-turn/cap13")}`, token, turning.url);
      await session.opened;
      await session.play(clip, 12, (picture) => picture);
      const overHub = await openHub(await enrol(`${side}-2`, "liveness/head-turn/cap13"), true, turning.url);
      await overHub.play(clip, 12);
      await overHub.hub.stop();

      for (const last of [session.answers.at(-1), overHub.heard.Verdict[0]]) {
        assert.deepEqual([last?.error, last?.challenge, last?.action_detected], [null, side, true],
          JSON.stringify(session.answers.map((a) => [a.error, a.hint])));
        assert.ok(last.result_token.length > 40);
      }
    } finally {
      await turning.kill();
    }
  });
}

test("open eyes do not pass over the hub, and a still photo is told so", { skip: needsShared, timeout: 120_000 }, async () => {
  const session = await openHub(await enrol("open-eyes", "liveness/no-blink/franck_c"), false);
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
  assert.ok(session.answers.every((a) => a.action_detected === false && a.error === null && a.challenge === "blink"),
    JSON.stringify(session.answers.map((a) => a.error)));
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

test("each frame that does not count is told why", { skip: needsShared, timeout: 120_000 }, async () => {
  const at = (left) =>
    made("-i", photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg"), "-vf", `pad=600:250:${left}:0:gray,noise=alls=${4 + left / 100}`,
      "-frames:v", "1")[0];
  const shown = [
    ["Invalid image", Buffer.from("this is no picture")],
    ["Low light condition", made("-f", "lavfi", "-i", "color=c=0x101010:s=320x240", "-frames:v", "1")[0]],
    ["No face detected", readFileSync(photo("groups/compreface/017_0.jpg"))],
    ["Several faces", readFileSync(photo("groups/compreface/000_5.jpg"))],
    ["Face does not match", frames("liveness/blink/franck_a")[0]],
    [null, at(0)],
    ["Face lost", at(350)],
  ];
  const session = open(`?user_id=${await enrol("told", "lfw/Ari_Fleischer")}`);
  await session.opened;
  await session.play(shown.map(([, picture]) => picture), 12, (picture) => picture);
  session.socket.close();

  assert.deepEqual(session.answers.map((a) => a.error), shown.map(([error]) => error));
});

test("attempts that show anything count, others are told that time is up", { skip: needsShared, timeout: 120_000 }, async () => {
  const short = await startServer(database.connectionString, { LIVENESS_SECONDS: "10", LIVENESS_ATTEMPTS: "2" });
  try {
    const student = await enrol("late", "lfw/Ari_Fleischer");
    const picture = readFileSync(photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg"));
    const show = async () => {
      const session = open(`?user_id=${student}`, token, short.url);
      await session.opened;
      await session.play([picture], 4, (frame) => frame);
      return session;
    };
    const sessions = [open(`?user_id=${student}`, token, short.url), await show()];
    const codes = await Promise.all(sessions.map((s) => s.closed));
    // Of the silent one nothing was judged: it is given back, and there is room for one more.
    const second = await show();
    second.socket.close();
    await second.closed;
    const refused = open(`?user_id=${student}`, token, short.url);

    assert.deepEqual(codes, [1008, 1008]);
    assert.deepEqual(sessions.map((s) => s.answers.at(-1).error), ["Time is up", "Time is up"]);
    assert.equal(await refused.closed, 1008);
    assert.equal(refused.answers[0].error, "Too many attempts");
    assert.ok(refused.answers[0].retry_after_seconds > 0);
  } finally {
    await short.kill();
  }
});

test("two photos in turn, and another person half-way, do not pass on either transport", { skip: needsShared, timeout: 120_000 },
  async () => {
  const [open_, shut] = ["open_open", "closed_closed"].map((name) => readFileSync(photo(`liveness/eyes/${name}.jpg`)));
  const flip = Array.from({ length: 40 }, (_, i) => (Math.floor(i / 3) % 2 ? shut : open_));
  // The eyes begin to shut at frame 27; from then on it is somebody else who blinks.
  const other = [...frames("liveness/blink/franck_a").slice(0, 27), ...frames("liveness/blink/cap13")];
  for (const [name, enrolled, played] of [["flip", [open_], flip], ["half", "liveness/no-blink/franck_c", other]]) {
    const session = open(`?user_id=${await enrol(`${name}-1`, enrolled)}`);
    await session.opened;
    await session.play(played, 8, (picture) => picture);
    session.socket.close();
    const overHub = await openHub(await enrol(`${name}-2`, enrolled), true);
    await overHub.play(played, 8);
    await overHub.hub.stop();

    for (const answers of [session.answers, [...overHub.heard.Progress, ...overHub.heard.Verdict]]) {
      assert.ok(answers.every((a) => a.action_detected === false && !("result_token" in a)), name);
      assert.equal(answers.at(-1).error, name === "flip" ? "Static image" : "Face does not match", name);
    }
  }
});

for (const [what, file] of [["tablet", "image_F2"], ["monitor", "mini_f_fake_andr_monitor"], ["print", "image_F1"]]) {
  test(`a ${what} that shows a face is a presentation attack`, { skip: needsShared, timeout: 120_000 }, async () => {
    const held = filmed(photo(`liveness/spoof/${file}.jpg`), 25);
    const session = open(`?user_id=${await enrol(file, held)}`);
    await session.opened;
    await session.play(held, 4, (picture) => picture);

    assert.equal(await session.closed, 1008);
    assert.equal(session.answers.at(-1).error, "Presentation attack suspected", JSON.stringify(session.answers.map((a) => a.error)));
    assert.ok(session.answers.every((a) => a.action_detected === false));
  });
}

test("a frame beyond 2 MiB closes with 1009", { skip: needsShared }, async () => {
  const session = open("?user_id=franck");
  await session.opened;
  session.socket.send(Buffer.alloc(3 * 1024 * 1024));

  assert.equal(await session.closed, 1009);
});
