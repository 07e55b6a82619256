// The page Live before a camera: boxes and names over the picture, events beside it, and what is said where there is no camera.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, postImage, startServer } from "../system/server.mjs";
import { assertSound, desk, film, logIn, openBrowser, openPage, phone, setUp } from "./kit.mjs";

const drawn = (name) => join(import.meta.dirname, "drawn", `${name}.jpg`);

let database, server, browser, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "live-"));
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter" });
  await setUp(server);
  await fetch(`${server.url}/api/v1/students`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id: "siswa-1", full_name: "Ayu Lestari" }),
  });
  assert.equal((await postImage(`${server.url}/api/v1/students/siswa-1/faces`, readFileSync(drawn("ayu-0")))).status, 201);
  browser = await openBrowser({ camera: film(join(folder, "two.mjpeg"), [readFileSync(drawn("two"))]) });
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
  rmSync(folder, { recursive: true });
});

async function openLive({ from = browser, expected = [/status of 401/], ...options } = {}) {
  const page = await openPage(from, server.url, { expected, ...options });
  await logIn(page);
  await page.goto("/live");
  return page;
}

for (const [what, size, theme] of [["on a desk", desk, "light"], ["on a phone", phone, "dark"]]) {
  test(`the camera's picture has a box with the name where the face is, as in a mirror, ${what}`, async () => {
    const page = await openLive({ size, theme });
    await page.getByRole("button", { name: "Start the camera" }).click();
    const face = page.getByTestId("face").filter({ hasText: "Ayu Lestari" });
    await face.waitFor();
    const [box, picture] = [await face.boundingBox(), await page.locator(".faces").boundingBox()];
    const middle = (box.x + box.width / 2 - picture.x) / picture.width;
    // On the picture she stands on the left.
    assert.ok(middle > 0.6 && middle < 0.8, `on the right, as in a mirror: ${middle}`);
    await page.getByTestId("face").filter({ hasText: "Unknown" }).waitFor();
    await page.getByRole("rowheader", { name: "Finding faces" }).waitFor();
    await page.getByText(/frames a second/).waitFor();
    assert.ok(picture.x >= 0 && picture.x + picture.width <= size.width + 1, "nothing stands out of the page");
    await assertSound(page);
    await page.getByRole("button", { name: "Stop the camera" }).click();
    await face.waitFor({ state: "detached" });
    await page.context().close();
  });
}

test("a student is recorded only while the switch says so, and the event scrolls by", async () => {
  const page = await openLive();
  const today = async () => (await (await fetch(`${server.url}/attendance/today`)).json()).items.length;
  await page.getByRole("button", { name: "Start the camera" }).click();
  await page.getByTestId("face").filter({ hasText: "Ayu Lestari" }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await today(), 0);
  await page.getByRole("switch", { name: "Record attendance" }).check();
  const event = page.getByTestId("event").filter({ hasText: "Ayu Lestari" });
  await event.first().waitFor();
  assert.equal(await today(), 1);
  await page.getByRole("rowheader", { name: "Recording" }).waitFor();
  await assertSound(page);
  await page.context().close();
});

test("a picture from a file shows who is known and who is not", async () => {
  const page = await openLive();
  await page.locator("input[type=file]").setInputFiles(drawn("two"));
  await page.getByText("2 faces were found.").waitFor();
  assert.equal(await page.getByTestId("face").count(), 2);
  await page.getByRole("button", { name: "Close the file" }).click();
  await page.locator("input[type=file]").setInputFiles(drawn("citra-0"));
  await page.getByTestId("face").filter({ hasText: "Unknown" }).waitFor();
  await assertSound(page);
  await page.context().close();
});

test("a film from a file is watched as a camera is, and one that cannot be played is told", async () => {
  const moving = join(folder, "ayu.webm");
  execFileSync("ffmpeg", [
    "-v", "error", "-y", "-loop", "1", "-t", "1", "-r", "10", "-i", drawn("ayu-0"), "-vf", "format=yuv420p", "-c:v", "libvpx", "-deadline",
    "realtime", "-b:v", "2M", moving,
  ]);
  const page = await openLive();
  await page.locator("input[type=file]").setInputFiles(moving);
  await page.getByTestId("face").filter({ hasText: "Ayu Lestari" }).waitFor();
  await assertSound(page);
  await page.getByRole("button", { name: "Close the file" }).click();
  const broken = join(folder, "broken.webm");
  writeFileSync(broken, "no film");
  await page.locator("input[type=file]").setInputFiles(broken);
  await page.getByText("This browser cannot play the film").waitFor();
  await page.context().close();
});

test("a server that goes away is told of and found again by itself", async () => {
  const page = await openLive({ expected: [/status of 401/, /ERR_FAILED/] });
  await page.getByRole("button", { name: "Start the camera" }).click();
  await page.getByTestId("face").first().waitFor();
  await page.route("**/api/v1/recognitions*", (route) => route.abort());
  await page.getByText("The server does not answer").waitFor();
  await page.unroute("**/api/v1/recognitions*");
  await page.getByText("The server does not answer").waitFor({ state: "detached" });
  await page.getByTestId("face").filter({ hasText: "Ayu Lestari" }).waitFor();
  await page.context().close();
});

test("no camera, a refused one and http each have their sentence and their remedy", async () => {
  const without = await openBrowser();
  try {
    const missing = await openLive({ from: without });
    await missing.getByRole("button", { name: "Start the camera" }).click();
    await missing.getByText("There is no camera. Plug one in").waitFor();
    await assertSound(missing);
    await missing.context().close();

    const plain = await openLive({ from: without });
    await plain.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }));
    await plain.reload();
    await plain.getByRole("button", { name: "Start the camera" }).click();
    await plain.getByText("browsers give a camera to https pages alone").waitFor();
    await plain.context().close();
  } finally {
    await without.close();
  }
  const asking = await openBrowser({ arguments: ["--use-fake-device-for-media-stream"] });
  try {
    const refused = await openLive({ from: asking });
    await refused.getByRole("button", { name: "Start the camera" }).click();
    await refused.getByText("The camera was refused. Allow it").waitFor();
    await refused.context().close();
  } finally {
    await asking.close();
  }
});
