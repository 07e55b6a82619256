// The kiosk at a school's door: the network drops, the server stops and starts again, and every arrival is recorded once, in order.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createDatabase, freePort, needsShared, photo, postImage, query, startServer, until } from "../system/server.mjs";
import { assertSound, desk, openBrowser, openPage } from "./kit.mjs";
import { Camera } from "./person.mjs";

// As long as it takes to restart a server, or longer where somebody wants to see it.
const outage = Number(process.env.KIOSK_OUTAGE_SECONDS ?? 4) * 1000;
const people = 20;

let database, server, folder, port;

const start = () => startServer(database.connectionString, { PORT: String(port), ATTENDANCE_WEBHOOK_URL: "http://127.0.0.1:9/" });

before(async () => {
  if (needsShared) return;
  folder = mkdtempSync(join(tmpdir(), "kiosk-"));
  database = await createDatabase();
  port = await freePort();
  server = await start();
});

after(async () => {
  await server?.kill();
  database?.drop();
  if (folder) rmSync(folder, { recursive: true });
});

const post = async (path, body) => {
  const answer = await fetch(server.url + path,
    { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path} ${answer.status}`);
  return answer.json();
};

/** Somebody before the camera at such a distance; nobody where no picture is named. */
function look(name, share, picture) {
  const file = join(folder, `${name}.jpg`);
  const height = Math.round(480 * share);
  execFileSync("ffmpeg", [
    "-v", "error", "-y", "-f", "lavfi", "-i", "color=c=0x8090a0:s=640x480", ...(picture ? ["-i", picture] : []), "-filter_complex",
    picture ? `[1]scale=${height}:${height}[p];[0][p]overlay=(W-w)/2:(H-h)/2` : "null", "-frames:v", "1", "-pix_fmt", "yuvj420p",
    "-q:v", "3", "-huffman", "default", file,
  ]);
  return readFileSync(file);
}

test("twenty arrivals while the network drops and the server stops: twenty records, in order, none twice",
  { skip: needsShared, timeout: 420_000 }, async () => {
    const students = [];
    for (const name of readdirSync(photo("lfw")).sort()) {
      if (students.length === people) break;
      const student = { id: `s${String(students.length).padStart(2, "0")}`, name: name.replaceAll("_", " ") };
      student.picture = photo(`lfw/${name}/${readdirSync(photo(`lfw/${name}`)).sort()[0]}`);
      const { body } = await postImage(`${server.url}/enroll`, readFileSync(student.picture), { student_id: student.id });
      // Some have company.
      if (!body.ok) continue;
      await fetch(`${server.url}/students`,
        { method: "POST", body: new URLSearchParams({ student_id: student.id, full_name: student.name }) });
      students.push(student);
    }
    const { key } = await post("/api/v1/devices", { device_id: "kiosk-1", scopes: ["recognize"] });
    const nobody = look("nobody", 1);
    const near = students.map(({ id, picture }) => look(id, 1, picture));
    const far = look("far", 0.3, students[0].picture);

    const film = join(folder, "door.mjpeg");
    const camera = new Camera(film, [nobody, far, ...near]);
    const browser = await openBrowser({ camera: film });
    // The test itself takes the server away.
    const page = await openPage(browser, server.url, {
      size: desk, permissions: ["camera"], expected: [/Failed to load resource/],
    });
    const greeted = [];
    /** Stands there until the kiosk says the name, and goes. */
    const arrive = async (i, seconds = 40) => {
      const shown = page.locator(".greetings strong", { hasText: students[i].name });
      camera.show(near[i]);
      await shown.first().waitFor({ timeout: seconds * 1000 });
      greeted.push(students[i].id);
      camera.show(nobody);
      await sleep(700);
    };
    const isQueued = (count) => page.locator("header p", { hasText: `${count} arrival` }).waitFor();
    try {
      await page.goto("/kiosk");
      await page.getByLabel("Device key").fill("fa_nonsense");
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByRole("alert").waitFor();
      await assertSound(page, "the key");
      await page.getByLabel("Device key").fill(key);
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByText("Look here, please").waitFor();

      camera.show(far);
      await sleep(3_000);
      assert.equal(await page.locator(".greetings p").count(), 0, "somebody far away is not named");
      camera.show(nobody);

      for (let i = 0; i < 5; i++) await arrive(i);
      await assertSound(page, "greeting");
      // An answer is lost on its way: the server has it, and the kiosk does not know.
      await page.route("**/api/v1/sightings", async (route) => {
        await route.fetch();
        await route.abort("connectionreset");
      }, { times: 1 });
      await arrive(5);
      await page.locator("header p", { hasText: "arrival" }).waitFor({ state: "hidden" });
      // What is decided cannot be delivered, and the page is loaded anew meanwhile.
      await page.route("**/api/v1/sightings", (route) => route.abort("connectionfailed"));
      for (let i = 6; i < 10; i++) await arrive(i);
      await isQueued(4);
      await page.reload();
      await isQueued(4);
      for (let i = 10; i < 13; i++) await arrive(i);
      await isQueued(7);
      // Then the server is gone altogether, with somebody before the kiosk.
      await server.kill();
      camera.show(near[13]);
      await page.getByText("Without the server nobody can be recognised").waitFor();
      await isQueued(7);
      await assertSound(page, "without the server");
      await page.reload();
      await page.getByText("The server does not answer").waitFor();
      await sleep(outage);
      server = await start();
      await page.unroute("**/api/v1/sightings");
      for (let i = 13; i < people; i++) await arrive(i);
      await until("all are delivered", () =>
        query(database.connectionString, "SELECT count(*) FROM held_sightings") === String(people));

      await page.keyboard.press("Escape");
      await assertSound(page, "leaving");
      await page.getByRole("button", { name: "Leave", exact: true }).click();
      await page.getByLabel("Device key").waitFor();
    } finally {
      await browser.close();
      camera.close();
    }

    const ordered = (by) => query(database.connectionString, `SELECT string_agg(student_id, ' ' ORDER BY ${by}) FROM attendance_records`);
    assert.equal(ordered("at"), students.map((s) => s.id).join(" "));
    assert.equal(ordered("recorded_at"), ordered("at"), "delivered in order");
    assert.deepEqual(greeted, students.map((s) => s.id));
    assert.equal(query(database.connectionString, "SELECT count(*) || ' ' || count(DISTINCT student_key) FROM events"),
      `${people} ${people}`);
    assert.equal(query(database.connectionString, "SELECT string_agg(DISTINCT evidence ->> 'device_id', ',') FROM attendance_records"),
      "kiosk-1");
  });
