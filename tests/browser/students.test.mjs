// The students' pages as the office uses them: add, enrol, find, correct, ask for consent, import a roster, forget for good.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, startServer } from "../system/server.mjs";
import { assertSound, film, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

const drawn = (name) => join(import.meta.dirname, "drawn", `${name}.jpg`);
// What a refused photo, or a page that asks before anybody has logged in, leaves on the console.
const expected = [/status of (401|409|422|400)/];

let database, server, browser, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "students-"));
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter" });
  await setUp(server);
  browser = await openBrowser({ camera: film(join(folder, "dewa.mjpeg"), [readFileSync(drawn("dewa-0"))]) });
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
  rmSync(folder, { recursive: true });
});

async function openLoggedIn(options) {
  const page = await openPage(browser, server.url, { expected, ...options });
  await logIn(page);
  return page;
}

const post = (path, body) => fetch(`${server.url}${path}`, {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
});

async function enrol(page, file) {
  await page.getByRole("button", { name: "Enrol a face" }).click();
  await page.getByText("Photo", { exact: true }).click();
  await page.locator("input[type=file]").setInputFiles(file);
}

test("a student is added, what was typed survives a reload, and a face is enrolled by a photo", async () => {
  const page = await openLoggedIn({ size: phone });
  await page.goto("/students");
  await page.getByText("There are no students yet.").waitFor();
  await page.getByRole("button", { name: "Add a student" }).first().click();
  await page.getByLabel("Full name").fill("Ayu Lestari");
  await page.getByLabel("Id").fill("siswa-1");
  await page.getByRole("dialog").getByRole("combobox", { name: "Class" }).fill("7B");
  await page.reload();
  await page.getByRole("button", { name: "Add a student" }).first().click();
  assert.equal(await page.getByLabel("Full name").inputValue(), "Ayu Lestari");
  await assertSound(page);
  await page.getByRole("dialog").getByRole("button", { name: "Add a student" }).click();

  await page.getByRole("heading", { name: "Ayu Lestari" }).waitFor();
  await page.getByText("No face is enrolled").waitFor();
  await enrol(page, drawn("ayu-0"));
  await page.getByText("The face is enrolled.").waitFor();
  await assertSound(page);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /Remove the face of/ }).waitFor();
  await page.getByText(/Enrolled by .*kepala/).waitFor();
  await assertSound(page);
  await page.context().close();
});

test("an id that is taken is refused by name, and the form stays", async () => {
  const page = await openLoggedIn();
  await page.goto("/students");
  await page.getByRole("button", { name: "Add a student" }).click();
  await page.getByLabel("Id").fill("siswa-1");
  await page.getByLabel("Full name").fill("Somebody else");
  await page.getByRole("dialog").getByRole("button", { name: "Add a student" }).click();
  await page.getByText("A student has this id already").waitFor();
  assert.equal(await page.getByLabel("Full name").inputValue(), "Somebody else");
  await page.context().close();
});

test("a refused photo shows the face and what is wrong with it; another's face leads to that student", async () => {
  await post("/api/v1/students", { id: "siswa-2", full_name: "Budi Santoso", class_name: "7B" });
  const small = join(folder, "small.png");
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", drawn("ayu-0"), "-vf", "scale=72:72,pad=320:240:124:70:color=gray", small]);
  const page = await openLoggedIn();
  await page.goto("/students/siswa-2");
  await enrol(page, small);
  await page.getByText("The photo was refused").waitFor();
  const face = page.getByTestId("face");
  assert.match(await face.textContent(), /too small/);
  // The face stands at 160, 106 of 320 × 240 pixels.
  const [box, picture] = [await face.boundingBox(), await page.locator(".faces").boundingBox()];
  const middle = [(box.x + box.width / 2 - picture.x) / picture.width, (box.y + box.height / 2 - picture.y) / picture.height];
  assert.ok(Math.abs(middle[0] - 0.5) < 0.06 && Math.abs(middle[1] - 0.43) < 0.08, `the box is around the face: ${middle}`);
  await page.getByText("come nearer").waitFor();
  await assertSound(page);

  await page.getByRole("button", { name: "Another photo" }).click();
  await page.locator("input[type=file]").setInputFiles(drawn("two"));
  await page.getByText("Several people are in the photo.").waitFor();
  assert.equal(await page.getByTestId("face").count(), 2);

  await page.getByRole("button", { name: "Another photo" }).click();
  await page.locator("input[type=file]").setInputFiles(drawn("ayu-1"));
  await page.getByText("This face is enrolled under another id.").waitFor();
  assert.equal(await page.getByRole("link", { name: "See siswa-1" }).getAttribute("href"), "/students/siswa-1");
  await page.getByLabel("Reason").fill("Twins, seen both");
  await page.getByRole("button", { name: "Enrol all the same" }).click();
  await page.getByText("The face is enrolled.").waitFor();
  await page.getByText("Another student looks much alike").waitFor();

  await page.getByRole("button", { name: "Another photo" }).click();
  const heic = join(folder, "photo.heic");
  writeFileSync(heic, "no picture");
  await page.locator("input[type=file]").setInputFiles(heic);
  await page.getByText("This browser cannot show HEIC pictures.").waitFor();
  await page.getByRole("alert").waitFor();
  await page.context().close();
});

test("a face is enrolled by the camera", async () => {
  await post("/api/v1/students", { id: "siswa-3", full_name: "Dewa Putra", class_name: "8A" });
  const page = await openLoggedIn({ size: phone, theme: "dark" });
  await page.goto("/students/siswa-3");
  await page.getByRole("button", { name: "Enrol a face" }).click();
  await page.getByRole("button", { name: "Start the camera" }).click();
  await page.getByRole("button", { name: "Take the photo" }).click();
  await page.getByText("The face is enrolled.").waitFor();
  await assertSound(page);
  await page.context().close();
});

test("students are found by name and by class", async () => {
  const page = await openLoggedIn();
  await page.goto("/students");
  await page.getByText("3 students").waitFor();
  await page.getByRole("searchbox", { name: "Search" }).fill("budi");
  await page.getByText("1 student", { exact: true }).waitFor();
  await page.getByRole("searchbox", { name: "Search" }).fill("");
  await page.getByRole("combobox", { name: "Class" }).click();
  await page.getByRole("option", { name: "7B (2)" }).click();
  await page.getByText("2 students").waitFor();
  await page.getByText("Ayu Lestari").waitFor();
  await assertSound(page);
  await page.getByText("Ayu Lestari").click();
  await page.getByRole("heading", { name: "Ayu Lestari" }).waitFor();
  await page.context().close();
});

test("a wrong face is removed, and a consent is recorded and withdrawn, each with its history", async () => {
  const page = await openLoggedIn();
  await page.goto("/students/siswa-2");
  await page.getByRole("button", { name: /Remove the face of/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("No face is enrolled").waitFor();

  await page.getByRole("button", { name: "Record a statement" }).click();
  await page.getByLabel("How").fill("paper");
  await page.getByLabel("Note").fill("Form of 5 January");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("paper · Form of 5 January").waitFor();
  await page.getByRole("button", { name: "Record a statement" }).click();
  await page.getByRole("radio", { name: "Withdrawn" }).check();
  await page.getByText("removes the student's faces at once").waitFor();
  await assertSound(page);
  await page.getByLabel("How").fill("e-mail");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("e-mail", { exact: true }).waitFor();
  assert.equal(await page.getByText("paper · Form of 5 January").count(), 1);
  await page.context().close();
});

test("a profile is changed as a whole", async () => {
  const page = await openLoggedIn();
  await page.goto("/students/siswa-3");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Change the profile" }).click();
  await page.getByRole("combobox", { name: "Class" }).fill("");
  await page.getByLabel("Date of birth").fill("2011-03-02");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Mar 2, 2011").waitFor();
  const stored = await (await fetch(`${server.url}/api/v1/students/siswa-3`)).json();
  assert.deepEqual([stored.class_name, stored.birth_date, stored.embedding_count], [null, "2011-03-02", 1]);
  await page.context().close();
});

test("a roster is tried, then imported, with word of each row; the long list loads as it is read", async () => {
  const rows = Array.from({ length: 450 }, (_, i) => `murid-${String(i).padStart(3, "0")},Murid ${i},9C`);
  const roster = join(folder, "roster.csv");
  writeFileSync(roster, ["student_id,full_name,class_name", ...rows, "no good id,Nobody,9C"].join("\n"));
  const page = await openLoggedIn();
  await page.goto("/roster-import");
  await page.locator("input[type=file]").first().setInputFiles(roster);
  assert.ok(await page.getByRole("button", { name: "Import", exact: true }).isDisabled(), "first it is tried");
  await page.getByRole("button", { name: "Try it, and store nothing" }).click();
  await page.getByText("451 rows: 450 new, 0 changed, 0 as before, 1 refused").waitFor();
  assert.equal((await (await fetch(`${server.url}/api/v1/students?class_name=9C`)).json()).total, 0);
  await page.getByRole("switch", { name: "Only rows with something wrong" }).check();
  await page.getByText("no good id").waitFor();
  await assertSound(page);

  // The server goes away in the middle: the file is still there, and the same again does it.
  await page.route("**/api/v1/students/import", (route) => route.abort(), { times: 1 });
  page.troubles.length = 0;
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("The server does not answer.").waitFor();
  page.troubles = page.troubles.filter((t) => !/ERR_FAILED/.test(t));
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("The roster is imported").waitFor();

  await page.getByRole("link", { name: "All students" }).click();
  await page.getByText("453 students").waitFor();
  const list = page.getByRole("region", { name: "Students" });
  for (let i = 0; i < 40 && !(await page.getByText("siswa-3").count()); i++) {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(150);
  }
  assert.equal(await page.getByText("siswa-3").count(), 1, "the end of the list is reached");
  assert.ok((await page.getByRole("row").count()) < 100, "only the rows in sight exist");
  await assertSound(page);
  await page.context().close();
});

test("a student is erased after a second look, and the receipt is shown and kept", async () => {
  const page = await openLoggedIn({ size: phone });
  await page.goto("/students/siswa-1");
  await page.getByRole("button", { name: "More" }).click();
  const [exported] = await Promise.all([
    page.waitForEvent("download"), page.getByRole("menuitem", { name: "All that is kept" }).click(),
  ]);
  assert.equal(exported.suggestedFilename(), "student-siswa-1.zip");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Erase the student" }).click();
  assert.ok(await page.getByRole("button", { name: "Erase for good" }).isDisabled());
  await page.getByLabel("To go on, type the id").fill("siswa-1");
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("Receipt of the erasure").waitFor();
  await assertSound(page);
  const [receipt] = await Promise.all([
    page.waitForEvent("download"), page.getByRole("button", { name: "Download the receipt" }).click(),
  ]);
  const kept = JSON.parse(readFileSync(await receipt.path(), "utf8"));
  const proof = await (await fetch(`${server.url}/api/v1/erasures/${kept.id}?student_id=siswa-1`)).json();
  assert.equal(proof.is_of, true);
  assert.equal((await fetch(`${server.url}/api/v1/students/siswa-1`)).status, 404);
  await page.context().close();
});
