// Every page of the console, as it is when it is opened: sound in both looks and at both sizes, and for staff who may do less.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, postImage, root, startServer } from "../system/server.mjs";
import { assertSound, desk, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

const paths = [...readFileSync(join(root, "src/Console/src/pages/index.ts"), "utf8").matchAll(/path: "([^"]+)"/g)]
  .map(([, path]) => path.replace("$id", "siswa-1"));
let database, server, browser;

before(async () => {
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter", WEBHOOK_ALLOW_PRIVATE: "true" });
  await setUp(server);
  const post = async (path, body) => {
    const answer = await fetch(server.url + path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    assert.ok(answer.ok, await answer.text());
  };
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  await post("/api/v1/students", { id: "siswa-1", full_name: "Ayu Lestari", class_name: "7A" });
  await postImage(`${server.url}/api/v1/students/siswa-1/faces`, readFileSync(join(import.meta.dirname, "drawn/ayu-0.jpg")));
  await post("/api/v1/class-sessions", {
    name: "7A Mathematics", opens_at: at(-20), starts_at: at(-2), grace_minutes: 10, ends_at: at(60), roster: ["siswa-1"],
  });
  await post("/api/v1/timetable/lessons", { name: "7A Physics", class_name: "7A", weekdays: ["monday"], starts: "07:00", ends: "08:30" });
  await post("/api/v1/webhooks", { url: "http://127.0.0.1:9/none" });
  await post("/api/v1/devices", { device_id: "gate-1", name: "Main gate", scopes: ["recognize"] });
  await post("/api/v1/users", { username: "guru1", password: "empat sapi cokelat tidur", role: "operator" });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
});

for (const [what, size, theme, language] of [
  ["on a desk, in the light", desk, "light", "en"], ["on a phone, in the dark", phone, "dark", "id-ID"],
  ["on a desk, in the dark", desk, "dark", "en"], ["on a phone, in the light", phone, "light", "en"],
])
  test(`every page is sound ${what}`, { timeout: 180_000 }, async () => {
    const page = await openPage(browser, server.url, { size, theme, language: "en" });
    await logIn(page);
    await page.evaluate((chosen) => localStorage.setItem("language", chosen), language.slice(0, 2));
    for (const path of paths) {
      await page.goto(path, { waitUntil: "networkidle" });
      await page.getByRole("heading", { level: 1 }).waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= size.width, `${path} is ${width} pixels wide`);
      await assertSound(page, path);
    }
    await page.context().close();
  });

test("staff see the pages that they may use, and no error on them", { timeout: 120_000 }, async () => {
  const page = await openPage(browser, server.url);
  await logIn(page, { username: "guru1", password: "empat sapi cokelat tidur" });
  const links = await page.getByRole("navigation").getByRole("link").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  assert.ok(links.includes("/students") && !links.includes("/users"), links.join());
  for (const path of links) {
    await page.goto(path, { waitUntil: "networkidle" });
    assert.equal(await page.getByRole("alert").count(), 0, `${path}: ${await page.getByRole("alert").allTextContents()}`);
    await assertSound(page, path);
  }
  await page.context().close();
});
