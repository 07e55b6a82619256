// Kill -9 between accepting a frame and delivering its event, twenty times: nothing is lost, and nothing is sent again after its 2xx was
// noted.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { createDatabase, needsShared, photo, postImage, startReceiver, startServer, until } from "./server.mjs";

const rounds = 20;
let database, receiver;

before(async () => {
  if (needsShared) return;
  database = await createDatabase();
  // The first attempt of every event is never answered: that is when the server dies.
  receiver = await startReceiver((_, attempt) => (attempt === 1 ? null : 200));
});

after(async () => {
  await receiver?.close();
  database?.drop();
});

test(`every event survives ${rounds} kills`, { skip: needsShared, timeout: 600_000 }, async () => {
  const environment = { ATTENDANCE_WEBHOOK_URL: receiver.url, EVENT_COOLDOWN_SECONDS: "3600" };
  let server = await startServer(database.connectionString, environment);
  try {
    const enrolled = [];
    for (const person of readdirSync(photo("lfw")).sort()) {
      const picture = readFileSync(photo(`lfw/${person}/${readdirSync(photo(`lfw/${person}`)).sort()[0]}`));
      const answer = await postImage(`${server.url}/enroll`, picture, { student_id: person });
      if (answer.body.ok) enrolled.push({ person, picture });
      if (enrolled.length === rounds) break;
    }
    assert.equal(enrolled.length, rounds);

    for (const { person, picture } of enrolled) {
      const frame = postImage(`${server.url}/recognize/realtime`, picture).catch(() => "killed");
      await until(`the first attempt for ${person} arrives`, () => receiver.requests.some((r) => JSON.parse(r.body).student_id === person));
      await server.kill();
      assert.equal(await frame, "killed", "the server answered although its receiver did not");
      server = await startServer(database.connectionString, environment);
    }
    const attemptsOf = () => [...new Set(receiver.requests.map((r) => r.id))]
      .map((id) => [id, receiver.requests.filter((r) => r.id === id)]);
    await until("every event is accepted", () => attemptsOf().every(([, requests]) => requests.some((r) => r.answered === 200)), 90);

    const events = attemptsOf().map(([, [first]]) => JSON.parse(first.body).student_id);
    assert.deepEqual(events.sort(), enrolled.map((e) => e.person).sort(), "one event a student, none lost");
    let twice = 0;
    for (const [id, requests] of attemptsOf()) {
      const accepted = requests.filter((r) => r.answered === 200).length;
      assert.equal(new Set(requests.map((r) => r.body)).size, 1, `${id} changed its body between attempts`);
      // A kill may fall between a 2xx and the note of it: then, and only then, it comes once more.
      assert.ok(accepted <= 2, `${id} was accepted ${accepted} times`);
      twice += accepted - 1;
    }
    console.log(`${rounds} kills, ${events.length} events, each accepted, ${twice} of them twice`);
  } finally {
    await server.kill();
  }
});
