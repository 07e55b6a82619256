// From the first start to the school's backend, by the pages alone: set up, enrol, be seen by a camera, be present, be delivered.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, startServer } from "../system/server.mjs";
import { administrator, assertSound, film, openBrowser, openPage } from "./kit.mjs";

const drawn = (name) => join(import.meta.dirname, "drawn", `${name}.jpg`);
let database, server, browser, folder, receiver, received;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "flow-"));
  received = [];
  receiver = createServer(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    received.push(JSON.parse(body));
    answer.writeHead(204).end();
  }).listen(0, "127.0.0.1");
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter", WEBHOOK_ALLOW_PRIVATE: "true" });
  browser = await openBrowser({ camera: film(join(folder, "ayu.mjpeg"), [readFileSync(drawn("ayu-1")), readFileSync(drawn("ayu-1"))]) });
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
  receiver?.close();
  rmSync(folder, { recursive: true });
});

test("a school is set up, a student enrolled, seen, present and delivered, by the pages alone", { timeout: 120_000 }, async () => {
  const page = await openPage(browser, server.url);
  await page.goto("/");
  await page.getByLabel("Name of the school").fill("SMP Negeri 3");
  await page.getByRole("combobox", { name: "Time zone" }).fill("Jakarta");
  await page.getByRole("option", { name: "Asia/Jakarta" }).click();
  await page.getByLabel("User name").fill(administrator.username);
  await page.getByLabel(/^Password/).fill(administrator.password);
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByRole("heading", { name: "Today" }).waitFor();

  await page.getByRole("link", { name: "Deliveries" }).click();
  await page.getByRole("button", { name: /Add an endpoint/ }).click();
  const endpoint = page.getByRole("dialog");
  await endpoint.getByLabel(/Address|URL/).fill(`http://127.0.0.1:${receiver.address().port}/attendance`);
  await endpoint.getByRole("button", { name: /^Add/ }).click();
  await page.getByText("Shown this once").waitFor();
  await page.getByRole("button", { name: "Close" }).first().click();

  await page.getByRole("link", { name: "Students" }).click();
  await page.getByRole("button", { name: "Add a student" }).first().click();
  const student = page.getByRole("dialog");
  await student.getByLabel(/^Id/).fill("siswa-1");
  await student.getByLabel("Full name").fill("Ayu Lestari");
  await student.getByRole("button", { name: /^(Add|Save)/ }).click();
  await page.getByRole("button", { name: "Enrol a face" }).click();
  const enrolment = page.getByRole("dialog");
  await enrolment.getByText("Photo", { exact: true }).click();
  await enrolment.locator("input[type=file]").setInputFiles(drawn("ayu-0"));
  await enrolment.getByText("The face is enrolled.").waitFor();
  await enrolment.getByRole("button", { name: "Done" }).click();

  // A class session that runs now.
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  const session = await fetch(`${server.url}/api/v1/class-sessions`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      name: "7A Mathematics", opens_at: at(-20), starts_at: at(-2), grace_minutes: 10, ends_at: at(60), roster: ["siswa-1"],
    }),
  });
  assert.equal(session.status, 201, await session.text());

  await page.getByRole("link", { name: "Live", exact: true }).click();
  await page.getByRole("switch", { name: "Record attendance" }).check();
  await page.getByRole("button", { name: "Start the camera" }).click();
  await page.getByTestId("face").filter({ hasText: "Ayu Lestari" }).waitFor();
  await page.getByTestId("event").filter({ hasText: "Ayu Lestari" }).first().waitFor();
  await assertSound(page);

  await page.getByRole("link", { name: "Today" }).click();
  const row = page.getByRole("row").filter({ hasText: "Ayu Lestari" });
  await row.getByText("Present").waitFor();
  await row.getByRole("button").first().click();
  await page.getByText("Recognised by a camera").waitFor();
  await assertSound(page);
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Deliveries" }).click();
  await page.getByRole("row").filter({ hasText: "attendance.recognized" }).first().waitFor();
  await page.getByText(/Accepted|Delivered/).first().waitFor();
  assert.ok(received.some((event) => event.student_id === "siswa-1"), JSON.stringify(received));
  await assertSound(page);
  await page.context().close();
});
