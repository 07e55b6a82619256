// Classes, reports and sites as the office meets them: a week, its holidays, who is often late, and where the school is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createDatabase, startServer } from "../system/server.mjs";
import { assertSound, desk, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

let database, server, browser;

before(async () => {
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter" });
  await setUp(server);
  browser = await openBrowser();
  for (const [id, name, ofClass] of [["ayu", "Ayu Lestari", "7B"], ["budi", "Budi Santoso", "7B"], ["citra", "Citra Dewi", "8A"]]) {
    await call("/api/v1/students", { id, full_name: name, class_name: ofClass });
  }
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
});

/** As this machine's own user. */
async function call(path, body) {
  const answer = await fetch(server.url + path, {
    method: body ? "POST" : "GET", headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

const day = (daysOn) => new Date(Date.now() + daysOn * 86_400_000 + 7 * 3_600_000).toISOString().slice(0, 10);

test("a lesson of a class makes the class sessions ahead, and a holiday takes them away", async () => {
  const page = await openPage(browser, server.url, { size: phone });
  await logIn(page);
  await page.goto("/classes");
  await page.waitForFunction(() => [...document.querySelectorAll("input")].some((input) => input.value === "7B (2)"));
  await page.getByRole("button", { name: "Add a lesson" }).first().click();
  const form = page.getByRole("dialog", { name: "Add a lesson" });
  await form.getByLabel("Name").fill("Mathematics");
  assert.equal(await form.getByLabel("Class", { exact: true }).inputValue(), "7B");
  for (const name of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])
    await form.getByText(name, { exact: true }).click();
  await form.getByLabel(/^From/).fill(day(1));
  await form.getByLabel("Other students").fill("citra");
  await assertSound(page, "the lesson's form");
  // A reload loses nothing that was typed.
  await page.reload();
  await page.getByRole("button", { name: "Add a lesson" }).first().click();
  assert.equal(await form.getByLabel("Name").inputValue(), "Mathematics");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "hidden" });
  const monday = page.getByRole("region", { name: "Monday" });
  await monday.getByRole("button", { name: /^Mathematics 07:00 – 07:45 3 students/ }).waitFor();
  await assertSound(page, "the week");

  const { sessions } = await call(`/api/v1/roll-call?date=${day(2)}`);
  assert.deepEqual(sessions.map((s) => [s.name, s.class_name, s.entries.length]), [["Mathematics", "7B", 3]]);

  await page.getByRole("tab", { name: "Holidays" }).click();
  await page.getByLabel("Name").fill("Feast");
  await page.getByLabel("First day").fill(day(2));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("cell", { name: "Feast", exact: true }).waitFor();
  await assertSound(page, "the holidays");
  assert.deepEqual((await call(`/api/v1/roll-call?date=${day(2)}`)).sessions, []);
  await page.getByRole("button", { name: "Remove Feast" }).click();
  await page.getByText("No holidays are entered.").waitFor();
  assert.equal((await call(`/api/v1/roll-call?date=${day(2)}`)).sessions.length, 1);
  await page.context().close();
});

test("a timetable's file is tried, with word of each row, and then imported", async () => {
  const page = await openPage(browser, server.url);
  await logIn(page);
  await page.goto("/classes");
  await page.getByRole("button", { name: "Import a timetable" }).click();
  const dialog = page.getByRole("dialog", { name: "Import a timetable" });
  await dialog.locator("input[type=file]").setInputFiles({
    name: "timetable.csv", mimeType: "text/csv",
    buffer: Buffer.from("name;class_name;weekdays;starts;ends\nBiology;7B;mon;09:00;09:45\nSports;7B;caturday;10:00;11:00\n"),
  });
  await dialog.getByRole("button", { name: "Try it without storing" }).click();
  await dialog.getByText("This is what would happen").waitFor();
  assert.match(await dialog.getByRole("status").textContent(), /1 new.*1 refused/);
  assert.match(await dialog.getByRole("row", { name: /Sports/ }).textContent(), /Refused.*mon wed/);
  await assertSound(page, "the import");
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await dialog.getByText("The timetable is imported").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("region", { name: "Monday" }).getByRole("button", { name: /^Biology 09:00/ }).waitFor();
  await page.context().close();
});

test("reports show who is often late, by student, class and day, and leave as CSV", async () => {
  const start = new Date(Date.now() - 20 * 60_000).toISOString();
  const session = await call("/api/v1/class-sessions", {
    name: "Chemistry", opens_at: start, starts_at: start, grace_minutes: 5, ends_at: new Date(Date.now() + 3_600_000).toISOString(),
    roster: ["ayu", "budi"],
  });
  for (const [student_id, status] of [["ayu", "present"], ["budi", "late"]])
    await call("/api/v1/attendance/manual", { student_id, status, reason: "Seen in class.", class_session_id: session.id });
  const page = await openPage(browser, server.url);
  await logIn(page);
  await page.goto("/reports");
  const rows = page.getByRole("region", { name: "Reports" }).getByRole("row");
  await rows.nth(2).waitFor();
  assert.match(await rows.nth(1).textContent(), /Budi Santoso/, "who is late comes first");
  assert.match(await rows.nth(2).textContent(), /Ayu Lestari.*100%/);
  await assertSound(page, "the report by student");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "As CSV" }).click()]);
  const csv = Buffer.concat(await (await file.createReadStream()).toArray()).toString("utf8");
  assert.match(csv, /^\ufeffstudent_id,full_name,class_name,present,late,.*\r\nbudi,Budi Santoso,7B,0,1,/);
  await page.getByRole("radiogroup", { name: "A row for each" }).getByText("Class", { exact: true }).click();
  await page.getByRole("region", { name: "Reports" }).getByText("7B", { exact: true }).waitFor();
  await page.context().close();
});

test("a site is drawn on the map, and a place is tried as the server judges it", async () => {
  const page = await openPage(browser, server.url, { size: desk });
  await logIn(page);
  await page.goto("/sites");
  const map = page.getByRole("application", { name: "Map of the sites" });
  await map.waitFor();
  await page.getByRole("button", { name: "Add a site" }).click();
  await page.getByLabel("Name").fill("Sports ground");
  await page.getByLabel("Latitude").fill("-7.95");
  await page.getByLabel("Longitude").fill("112.61");
  await page.getByLabel("Radius in metres").fill("100");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "Circle of 100 m" }).waitFor();

  await page.getByLabel("Latitude").fill("-7.95");
  await page.getByLabel("Longitude").fill("112.6105");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByText("Inside Sports ground").waitFor();
  assert.match(await page.getByRole("status").textContent(), /44\.\d m from its edge, inside/);
  await page.getByLabel("Longitude").fill("112.62");
  await page.getByRole("button", { name: "Measure" }).click();
  await page.getByText("Outside; the nearest site is").waitFor();
  await assertSound(page, "the sites");

  // A polygon, by clicks.
  await page.getByRole("button", { name: "Add a site" }).click();
  await page.getByLabel("Name").fill("Courtyard");
  await page.getByText("Polygon", { exact: true }).click();
  const box = await map.boundingBox();
  const corners = [[0.3, 0.3], [0.6, 0.3], [0.6, 0.6], [0.3, 0.6], [0.3, 0.3]];
  for (const [x, y] of corners) {
    await page.mouse.move(box.x + box.width * x - 3, box.y + box.height * y - 3);
    await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
    await page.waitForTimeout(300);
  }
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "Polygon of 4 corners" }).waitFor();
  await page.getByRole("button", { name: "Change Courtyard" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("button", { name: "Remove the site now" }).click();
  await page.getByRole("cell", { name: "Polygon of 4 corners" }).waitFor({ state: "detached" });
  await page.context().close();
});
