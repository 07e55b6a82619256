// What whoever runs the school's server does in the console: endpoints and deliveries, keys, the log, the server's state, and notices.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { createDatabase, needsShared, photo, postImage, query, startServer } from "../system/server.mjs";
import { assertSound, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

let database, server, browser, receiver;
const received = [];

before(async () => {
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter", WEBHOOK_ALLOW_PRIVATE: "true" });
  await setUp(server);
  receiver = http.createServer((request, answer) => {
    let body = "";
    request.on("data", (bytes) => (body += bytes));
    request.on("end", () => {
      received.push(JSON.parse(body));
      answer.statusCode = request.url === "/broken" ? 500 : 200;
      answer.end("{}");
    });
  }).listen(0, "127.0.0.1");
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  receiver?.close();
  await server?.kill();
  database?.drop();
});

const hook = (path) => `http://127.0.0.1:${receiver.address().port}${path}`;

async function open(path, options) {
  const page = await openPage(browser, server.url, options);
  await logIn(page);
  await page.goto(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return page;
}

test("an endpoint is made with its secret shown once, tested, told of an event, and given a new secret", async () => {
  const page = await open("/deliveries");
  await page.getByRole("button", { name: "Add an endpoint" }).click();
  const form = page.getByRole("dialog", { name: "Add an endpoint" });
  await form.getByLabel("Address").fill(hook("/hook"));
  await form.getByRole("button", { name: "Add an endpoint" }).click();
  const shown = page.getByRole("dialog", { name: "The endpoint's secret" });
  const secret = await shown.getByText(/^whsec_/).textContent();
  await assertSound(page);
  await shown.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: `Actions for ${hook("/hook")}` }).click();
  await page.getByRole("menuitem", { name: "Send a test" }).click();
  await page.getByText("The test was accepted (200).").waitFor();
  assert.equal(received.at(-1).event, "webhook.test");
  await fetch(`${server.url}/students`, { method: "POST", body: formOf({ student_id: "siswaA", full_name: "Ayu Lestari" }) });
  await fetch(`${server.url}/api/v1/attendance/manual`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ student_id: "siswaA", status: "present", reason: "seen" }),
  });
  const row = page.getByRole("row", { name: /attendance\.marked.*siswaA.*200.*Accepted/ });
  await row.waitFor();
  await row.click();
  const one = page.getByRole("dialog", { name: "One delivery" });
  await one.getByText('"event": "attendance.marked"').waitFor();
  await assertSound(page);
  await one.getByRole("button", { name: "Send again" }).click();
  await one.getByRole("row", { name: /^2 / }).waitFor();
  await one.getByRole("button", { name: "Close" }).click();

  await page.getByRole("button", { name: `Actions for ${hook("/hook")}` }).click();
  await page.getByRole("menuitem", { name: "New secret" }).click();
  const renewed = await shown.getByText(/^whsec_/).textContent();
  assert.notEqual(renewed, secret);
  await shown.getByRole("button", { name: "Close" }).click();
  assert.ok(!(await page.content()).includes(renewed), "it is shown this once");
  await page.context().close();
});

test("an address that may not be told is refused with its reason, and what was typed stays", async () => {
  const page = await open("/deliveries", { size: phone, expected: [/status of 4\d\d/] });
  await page.getByRole("button", { name: "Add an endpoint" }).click();
  const form = page.getByRole("dialog", { name: "Add an endpoint" });
  await form.getByLabel("Address").fill("ftp://school.example/hook");
  await form.getByRole("button", { name: "Add an endpoint" }).click();
  await form.getByRole("alert").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Add an endpoint" }).click();
  assert.equal(await form.getByLabel("Address").inputValue(), "ftp://school.example/hook");
  await page.context().close();
});

test("a device and a program get keys, shown once and taken by the server until they are revoked", async () => {
  const page = await open("/devices", { theme: "dark" });
  await page.getByText("There is no device yet.", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Add a device" }).click();
  const form = page.getByRole("dialog", { name: "Add a device" });
  await form.getByLabel(/^Id/).fill("gate-1");
  await form.getByLabel("Name").fill("Main gate");
  await form.getByRole("button", { name: "Add a device" }).click();
  const shown = page.getByRole("dialog", { name: "The key" });
  const device = await shown.getByText(/^fa_/).textContent();
  await shown.getByRole("button", { name: "Close" }).click();
  await page.getByRole("row", { name: /Main gate.*Not heard of yet/ }).waitFor();
  const beat = () => fetch(`${server.url}/api/v1/devices/self/heartbeat`, {
    method: "POST", headers: { Authorization: `Bearer ${device}` },
  });
  assert.equal((await beat()).status, 204);
  await page.reload();
  await page.getByRole("row", { name: /Main gate.*Online/ }).waitFor();
  await assertSound(page);

  await page.getByRole("button", { name: "Actions for Main gate" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog", { name: "Remove Main gate?" }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("row", { name: /Main gate.*Removed/ }).waitFor();
  assert.equal((await beat()).status, 401);

  await page.getByRole("tab", { name: "Keys of programs" }).click();
  await page.getByRole("button", { name: "Make a key" }).click();
  const making = page.getByRole("dialog", { name: "Make a key" });
  await making.getByLabel(/^Name/).fill("Registry");
  await making.getByLabel("enroll").check();
  await making.getByRole("button", { name: "Make a key" }).click();
  await shown.getByText(/^fa_/).waitFor();
  await shown.getByRole("button", { name: "Close" }).click();
  await page.getByRole("row", { name: /Registry.*Good.*enroll/ }).waitFor();
  await assertSound(page);
  await page.context().close();
});

test("the log is searched and verified", async () => {
  const page = await open("/audit");
  await page.getByLabel("What", { exact: true }).fill("key.made");
  await page.getByRole("row", { name: /key\.made/ }).first().waitFor();
  await page.waitForFunction(() => ![...document.querySelectorAll("tbody tr")].some((row) => /webhook\.made/.test(row.textContent)));
  await page.getByRole("row", { name: /key\.made/ }).first().click();
  await page.getByRole("dialog", { name: /^Entry \d+$/ }).getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("The log is as it was written").waitFor();
  await assertSound(page);
  await page.context().close();
});

test("the server's state shows what doctor finds, with what to do", async () => {
  for (const options of [{}, { size: phone, theme: "dark" }]) {
    const page = await open("/health", options);
    await page.getByText("BACKUP_FOLDER", { exact: false }).first().waitFor();
    await page.getByText(/PostGIS is here/).waitFor();
    await assertSound(page);
    await page.context().close();
  }
});

test("a lookalike at an enrolment rings, shows in the gallery's numbers, and is silent once somebody has seen it", { skip: needsShared },
  async () => {
    const page = await open("/recognition");
    await page.getByText("No face is enrolled yet", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Notices: none" }).waitFor();
    const { readFileSync } = await import("node:fs");
    const obama = readFileSync(photo("celebs/obama/obama.jpg"));
    await postImage(`${server.url}/enroll`, obama, { student_id: "barack" });
    const twin = await postImage(`${server.url}/enroll?override_duplicate=true`, obama, { student_id: "barry", reason: "twins" });
    assert.equal(twin.body.saved, 1, JSON.stringify(twin.body));

    await page.getByRole("button", { name: "Notices: 1 is open" }).click();
    const notices = page.getByRole("dialog", { name: "Notices" });
    await notices.getByText("barack and barry look alike", { exact: false }).waitFor();
    await assertSound(page);
    await notices.getByRole("button", { name: "Seen" }).click();
    await notices.getByText("Nothing needs to be seen to.").waitFor();
    await notices.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Notices: none" }).waitFor();
    assert.equal(query(database.connectionString, "SELECT acknowledged_by ~ '^user:' FROM notices"), "t");

    await page.getByRole("button", { name: "Look again" }).click();
    await page.getByRole("img", { name: /^Histogram of similarities/ }).waitFor();
    await page.getByRole("row", { name: /barack.*barry/ }).waitFor();
    await page.getByText("Too few comparisons", { exact: false }).first().waitFor();
    await assertSound(page);
    await page.context().close();
  });

function formOf(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}
