// What an existing client sees: a plain WebSocket and the SignalR JavaScript client hear of a recognition, and the school's backend gets
// the contract's JSON.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import * as signalR from "@microsoft/signalr";
import WebSocket from "ws";
import { createDatabase, needsShared, photo, postImage, startReceiver, startServer, until } from "./server.mjs";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
let database, server, receiver;

before(async () => {
  if (needsShared) return;
  database = await createDatabase();
  receiver = await startReceiver(() => 200);
  server = await startServer(database.connectionString, {
    ATTENDANCE_WEBHOOK_URL: receiver.url, ATTENDANCE_API_KEY: "school-key", ATTENDANCE_WEBHOOK_SECRET: secret, EVENT_COOLDOWN_SECONDS: "5",
  });
});

after(async () => {
  await server?.kill();
  await receiver?.close();
  database?.drop();
});

test("a frame reaches a plain WebSocket, a SignalR client and the webhook", { skip: needsShared }, async () => {
  const pictures = readdirSync(photo("lfw/Ari_Fleischer")).sort().map((name) => readFileSync(photo(`lfw/Ari_Fleischer/${name}`)));
  const heard = { plain: [], recognized: [], enrolled: [] };
  const plain = new WebSocket(`${server.url.replace("http", "ws")}/ws/recognitions`);
  plain.on("message", (text) => heard.plain.push(JSON.parse(text)));
  await new Promise((done) => plain.once("open", done));
  plain.send("ping");
  const hub = new signalR.HubConnectionBuilder().withUrl(`${server.url}/hubs/recognitions`).configureLogging(
    signalR.LogLevel.Error).build();
  hub.on("recognized", (event) => void heard.recognized.push(event));
  hub.on("student.enrolled", (event) => void heard.enrolled.push(event));
  await hub.start();

  const enrolled = await postImage(`${server.url}/enroll`, pictures[0], { student_id: "siswaA" });
  const first = await postImage(`${server.url}/recognize/realtime?device_id=gate-1`, pictures[1]);
  const second = await postImage(`${server.url}/recognize/realtime`, pictures[1]);
  await until("both listeners heard both frames", () => heard.plain.length === 3 && heard.recognized.length === 2);
  plain.close();
  await hub.stop();

  assert.deepEqual([enrolled.body.ok, enrolled.body.saved, enrolled.body.msg], [true, 1, "1 face saved"]);
  const { label, distance, box } = first.body.results[0];
  assert.equal(label, "siswaA");
  assert.deepEqual(first.body.dispatch, [{ label: "siswaA", report: { status: "sent", http_status: 200, message: '{"ok":true}' } }]);
  const skipped = second.body.dispatch[0].report;
  assert.match(skipped.message, /^cooldown_active \(\d+s left\)$/);
  assert.equal(skipped.reason, skipped.message);
  assert.ok(!("http_status" in skipped));

  assert.deepEqual(heard.plain[0], { type: "student.enrolled", student_id: "siswaA", saved: 1 });
  assert.deepEqual(heard.enrolled, [heard.plain[0]]);
  const event = heard.plain[1];
  assert.deepEqual({ ...event, ts: 0 },
    { type: "recognized", student_id: "siswaA", distance, ts: 0, dispatch: first.body.dispatch[0].report });
  assert.ok(Number.isInteger(event.ts) && Math.abs(event.ts - Date.now() / 1000) < 60);
  // The hub names the record that the sighting left, so that a page can correct it.
  const { record_id, ...same } = heard.recognized[0];
  assert.match(record_id, /^[0-9a-f-]{36}$/);
  assert.deepEqual([same, heard.recognized[1]], heard.plain.slice(1));
  assert.equal(heard.plain[2].dispatch.status, "skipped");

  assert.equal(receiver.requests.length, 1);
  const { headers, body } = receiver.requests[0];
  assert.deepEqual(JSON.parse(body), {
    event: "attendance.recognized", student_id: "siswaA", distance, ts: event.ts, frame_info: first.body.frame_info ?? { w: 250, h: 250 },
    box: { top: box[0], right: box[1], bottom: box[2], left: box[3] }, device_id: "gate-1",
  });
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  assert.equal(headers["webhook-signature"], `v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  assert.equal(headers["x-signature"], createHmac("sha256", key).update(body).digest("hex"));
  assert.equal(headers.authorization, "Bearer school-key");
  assert.match(headers["content-type"], /^application\/json/);
});
