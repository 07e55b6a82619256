// The first system's camera client: a frame every 0.7 s with the tolerance that it has always sent, and every distance printed with two
// decimals.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import { createDatabase, needsShared, photo, postImage, startReceiver, startServer, until } from "./server.mjs";

const pictures = (folder) => readdirSync(photo(folder)).sort().map((name) => readFileSync(photo(`${folder}/${name}`)));
let receiver;

before(async () => {
  receiver = await startReceiver(() => 200);
});

after(async () => receiver?.close());

/** Runs the client over the frames. It knows numbers only: where a distance is none it stops, as its users' does. */
async function watch(url, frames) {
  const [lines, named, events] = [[], [], []];
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws/recognitions`);
  socket.on("message", (text) => events.push(JSON.parse(text)));
  await new Promise((done) => socket.once("open", done));
  const began = Date.now();
  for (const [i, frame] of frames.entries()) {
    await sleep(Math.max(0, began + i * 700 - Date.now()));
    const { status, body } = await postImage(`${url}/recognize/realtime?min_conf=0.45`, frame);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    for (const { label, distance, box } of body.results) {
      const [top, right, bottom, left] = box;
      lines.push(`${label} ${distance.toFixed(2)} ${bottom - top}x${right - left}`);
      if (label !== "Unknown") named.push(label);
    }
    for (const { label, report } of body.dispatch) lines.push(
      `dispatch[${label}] -> ${report.status} (${report.http_status}) ${report.message}`);
  }
  const heard = () => events.filter((event) => event.type === "recognized");
  await until("an event for each face that was named", () => heard().length >= named.length);
  socket.close();
  return { lines, named, events: heard() };
}

for (const profile of ["starter", "standard"]) {
  test(`the camera client runs on, before an empty gallery and before one student (${profile})`, { skip: needsShared, timeout: 180_000 },
    async () => {
    const database = await createDatabase();
    const server = await startServer(database.connectionString,
      { FACE_PROFILE: profile, EVENT_COOLDOWN_SECONDS: "0", ATTENDANCE_WEBHOOK_URL: receiver.url });
    try {
      const [enrolled, ...others] = pictures("lfw/Ari_Fleischer");
      const strangers = ["lfw/Amelia_Vega", "lfw/Andre_Agassi"].map((folder) => pictures(folder)[0]);
      const sent = receiver.requests.length;

      const empty = await watch(server.url, [enrolled, ...strangers, readFileSync(photo("groups/compreface/000_5.jpg"))]);
      const saved = await postImage(`${server.url}/enroll`, enrolled, { student_id: "siswaA" });
      const one = await watch(server.url, [enrolled, ...others, ...strangers]);

      assert.equal(saved.body.saved, 1);
      assert.ok(empty.lines.length >= 4 && empty.lines.every((line) => line.startsWith("Unknown 1.00 ")), empty.lines.join("\n"));
      assert.ok(one.named.length >= others.length / 2, one.lines.join("\n"));
      assert.deepEqual(new Set(one.named), new Set(["siswaA"]));
      // Named, and so within the tolerance that the client sends: none of them is without an event.
      assert.equal(one.lines.filter((line) => /^dispatch\[siswaA\] -> sent \(200\) /.test(line)).length, one.named.length,
        one.lines.join("\n"));
      assert.deepEqual(one.events.map((event) => event.student_id), one.named);
      assert.equal(receiver.requests.length - sent, one.named.length);
    } finally {
      await server.kill();
      database.drop();
    }
  });
}
