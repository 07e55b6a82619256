// Today, as a teacher meets it: who is seen appears by itself, a wrong name is corrected and the correction undone, and the school's
// backend hears of each.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createDatabase, query, startServer } from "../system/server.mjs";
import { assertSound, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

let database, server, browser, receiver, session;
const heard = [];

const face = (name) => new Blob([readFileSync(join(import.meta.dirname, "drawn", `${name}.jpg`))], { type: "image/jpeg" });

async function post(path, body) {
  const isForm = body instanceof FormData;
  const answer = await fetch(server.url + path, {
    method: "POST", body: isForm ? body : JSON.stringify(body), headers: isForm ? {} : { "Content-Type": "application/json" },
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

const form = (fields) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
};

/** A camera of the class sees a face. */
const see = async (name, device = "gate-1") => {
  const { results } = await post(`/recognize/realtime?session_id=${session}&device_id=${device}`, form({ image: face(name) }));
  return results[0].label;
};

async function eventually(what, probe) {
  for (let i = 0; i < 100; i++) {
    if (await probe()) return;
    await sleep(200);
  }
  assert.fail(`${what}: ${JSON.stringify(heard)}`);
}

before(async () => {
  receiver = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part)).on("end", () => {
      heard.push(JSON.parse(Buffer.concat(parts)));
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((done) => receiver.once("listening", done));
  database = await createDatabase();
  server = await startServer(database.connectionString, {
    FACE_PROFILE: "starter", WEBHOOK_ALLOW_PRIVATE: "true", EVENT_COOLDOWN_SECONDS: "0",
  });
  await setUp(server);
  await post("/api/v1/webhooks", { url: `http://127.0.0.1:${receiver.address().port}/` });
  await post("/students", form({ student_id: "ayu", full_name: "Ayu Lestari", class_name: "7B" }));
  await post("/students", form({ student_id: "citra", full_name: "Citra Dewi", class_name: "7B" }));
  await post("/enroll", form({ student_id: "ayu", image: face("ayu-0") }));
  const now = Date.now();
  session = (await post("/api/v1/class-sessions", {
    name: "7B Mathematics", starts_at: new Date(now - 60_000).toISOString(), ends_at: new Date(now + 3_600_000).toISOString(),
    roster: ["ayu", "citra"],
  })).id;
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
  receiver?.close();
});

const rowOf = (page, name) => page.getByRole("row").filter({ hasText: name });

test("who is seen appears by itself; a wrong name is corrected and the correction undone, and the backend hears of both", async () => {
  const page = await openPage(browser, server.url);
  await logIn(page);
  await rowOf(page, "Ayu Lestari").getByText("Missing").waitFor();

  assert.equal(await see("ayu-1"), "ayu");
  await rowOf(page, "Ayu Lestari").getByText("Present").waitFor();

  await page.getByRole("button", { name: "Ayu Lestari" }).click();
  await page.getByText("gate-1").waitFor();
  await assertSound(page);
  await page.getByRole("button", { name: "Wrong name" }).click();
  const dialog = page.getByRole("dialog", { name: "A wrong name" });
  await dialog.getByPlaceholder("Name or id").fill("citra");
  await page.getByRole("option", { name: "Citra Dewi, 7B" }).click();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("Her sister came.");
  await assertSound(page);
  await page.getByRole("button", { name: "Correct the name" }).click();

  await rowOf(page, "Citra Dewi").getByText("Present").waitFor();
  await rowOf(page, "Ayu Lestari").getByText("Missing").waitFor();
  await page.getByTestId("correction").getByText("The face is a negative example.").waitFor();
  await assertSound(page);
  const told = (undone) => heard.filter((e) => e.event === "attendance.corrected" && e.undone === undone)
    .map((e) => `${e.student_id} ${e.status} ${e.counts}`).sort().join(", ");
  await eventually("the backend hears of the correction", () => told(false) === "ayu present false, citra present true");
  assert.equal(await see("ayu-1"), "Unknown", "the very face is Ayu's no more");
  assert.equal(await see("ayu-0", "gate-2"), "ayu", "her own is");

  await page.getByTestId("correction").getByRole("button", { name: "Undo" }).click();
  await rowOf(page, "Citra Dewi").getByText("Missing").waitFor();
  await rowOf(page, "Ayu Lestari").getByText("Present").waitFor();
  await eventually("the backend hears of the undo", () => told(true) === "ayu present true, citra present false");
  assert.equal(await see("ayu-1"), "ayu");
  await assertSound(page);
  await page.context().close();
});

test("a teacher on a phone marks who is sick; what was typed survives a reload", async () => {
  const page = await openPage(browser, server.url, { size: phone, theme: "dark" });
  await logIn(page);
  await page.getByRole("button", { name: "Citra Dewi" }).click();
  await page.getByRole("radio", { name: "Sick" }).check();
  await page.getByRole("textbox", { name: "Reason" }).fill("A letter from home");
  await page.reload();
  await page.getByRole("button", { name: "Citra Dewi" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Reason" }).inputValue(), "A letter from home");
  await assertSound(page);
  await page.getByRole("button", { name: "Mark by hand" }).click();

  await rowOf(page, "Citra Dewi").getByText("Sick").waitFor();
  await eventually("the backend hears of the mark", () => heard.some((e) => e.event === "attendance.marked" && e.status === "sick"));
  await assertSound(page);
  await page.context().close();
});

test("a check-in that waits for a look is settled by a mark", async () => {
  query(database.connectionString,
    `INSERT INTO attendance_records (school_id, id, student_id, at, status, origin, needs_review, evidence)
    SELECT id, gen_random_uuid(), 'citra', now(), 'present', 'check_in', true, '{"verdict": "uncertain", "reasons": ["presence.uncertain"]}'
    FROM schools`);
  const page = await openPage(browser, server.url);
  await logIn(page);
  await page.getByTestId("waiting").getByRole("button", { name: "Look" }).click();
  await page.getByRole("dialog", { name: "Citra Dewi" }).getByText("Checked in by phone").waitFor();
  await assertSound(page);
  await page.getByRole("radio", { name: "Absent" }).check();
  await page.getByRole("textbox", { name: "Reason" }).fill("Was at the bus stop");
  await page.getByRole("button", { name: "Mark by hand" }).click();

  await page.getByTestId("waiting").waitFor({ state: "detached" });
  await page.context().close();
});
