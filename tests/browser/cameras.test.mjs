// The console's page of cameras, with a film that the server itself looks through.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, query, root, startServer } from "../system/server.mjs";
import { assertSound, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

let database, server, browser, folder, film;

before(async () => {
  database = await createDatabase();
  folder = mkdtempSync(join(tmpdir(), "cameras-"));
  film = join(folder, "hall.mp4");
  execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", "-loop", "1", "-framerate", "10",
    "-i", join(root, "tests/browser/drawn/ayu-0.jpg"), "-t", "2", "-vf", "scale=640:-2", "-pix_fmt", "yuv420p", film]);
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter", CAMERA_PATHS: folder });
  await setUp(server);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.kill();
  if (folder) rmSync(folder, { recursive: true });
  database?.drop();
});

async function open(options) {
  const page = await openPage(browser, server.url, options);
  await logIn(page);
  await page.goto("/cameras");
  await page.getByRole("heading", { level: 1 }).waitFor();
  return page;
}

test("a camera is added, seen to be live, looked at, changed and removed", { timeout: 120_000 }, async () => {
  const page = await open({ theme: "dark" });
  await page.getByText("There is no camera yet.", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Add a camera" }).click();
  const form = page.getByRole("dialog", { name: "Add a camera" });
  await form.getByLabel("Name", { exact: false }).first().fill("Hall");
  await form.getByLabel(/^Source/).fill(film);
  await form.getByLabel(/^Device id/).fill("hall-1");
  await form.getByLabel("Only at certain hours").check();
  await form.getByLabel("Only a part of the picture").check();
  await assertSound(page, "the form");
  await form.getByLabel("Only at certain hours").uncheck();
  await form.getByRole("button", { name: "Add a camera" }).click();
  await page.getByRole("row", { name: /Hall hall-1.*Live/ }).waitFor({ timeout: 30_000 });
  await assertSound(page);

  await page.getByRole("button", { name: "Actions for Hall" }).click();
  await page.getByRole("menuitem", { name: "Look" }).click();
  const still = page.getByRole("dialog", { name: "Hall at this moment" });
  const picture = still.getByRole("img", { name: "What Hall shows" });
  await picture.waitFor();
  assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth === 640)));
  await assertSound(page, "the picture");
  await still.getByRole("button", { name: "Close" }).click();
  assert.equal(query(database.connectionString, "SELECT count(*) FROM audit WHERE action = 'camera.viewed'"), "1");

  await page.getByRole("button", { name: "Actions for Hall" }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  const change = page.getByRole("dialog", { name: "Change Hall" });
  assert.equal(await change.getByLabel(/^Source/).inputValue(), film);
  await change.getByLabel("The server looks through it").uncheck({ force: true });
  await change.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /Hall hall-1.*Switched off/ }).waitFor();

  await page.getByRole("button", { name: "Actions for Hall" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByRole("dialog", { name: "Remove Hall?" }).getByRole("button", { name: "Remove" }).click();
  await page.getByText("There is no camera yet.", { exact: false }).waitFor();
  await page.context().close();
});

test("a source that may not be opened is refused with its reason, and a camera that is away says why", { timeout: 120_000 }, async () => {
  const page = await open({ size: phone, expected: [/status of 4\d\d/] });
  await page.getByRole("button", { name: "Add a camera" }).click();
  const form = page.getByRole("dialog", { name: "Add a camera" });
  await form.getByLabel("Name", { exact: false }).first().fill("Gate");
  await form.getByLabel(/^Source/).fill("rtsp://127.0.0.1/live");
  await form.getByLabel(/^Device id/).fill("gate-1");
  await form.getByLabel(/^User name/).fill("viewer");
  await form.getByLabel(/^Password/).fill("kamera rahasia");
  await form.getByRole("button", { name: "Add a camera" }).click();
  await form.getByText(/leads to this machine itself/).first().waitFor();
  await assertSound(page, "the refusal");

  await form.getByLabel(/^Source/).fill(join(folder, "no-film.mp4"));
  await form.getByRole("button", { name: "Add a camera" }).click();
  await page.getByRole("row", { name: /Gate gate-1.*No picture.*No such file or directory/ }).waitFor({ timeout: 30_000 });
  await assertSound(page);
  await page.context().close();
});
