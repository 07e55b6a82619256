// The phone's page as a student meets it: log in, camera and position, the liveness session, the verdict.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, needsShared, photo, postImage, query, root, startServer } from "../system/server.mjs";
import { assertSound, openBrowser, openPage, phone } from "./kit.mjs";
import { Camera, portrait, sitBefore, takePictures } from "./person.mjs";

const password = "tiga kuda putih berlari";
const school = { latitude: -7.9673435, longitude: 112.6267206, accuracy: 4 };
const texts = (language) =>
  JSON.parse(readFileSync(join(root, `src/Console/src/i18n/${language.slice(0, 2)}/check-in.json`), "utf8"));

let database, server, looks, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "check-in-"));
  database = await createDatabase();
  server = await startServer(database.connectionString, {
    LIVENESS_CHALLENGES: "blink,mouth_open", LIVENESS_SECONDS: "120", ...(needsShared && { FACE_PROFILE: "starter" }),
  });
  if (!needsShared) looks = takePictures();
});

after(async () => {
  await server?.kill();
  database?.drop();
  if (folder) rmSync(folder, { recursive: true });
});

async function addStudent(id) {
  const enrolled = await postImage(`${server.url}/enroll?override_duplicate=true&reason=same+clip`, readFileSync(photo(portrait)),
    { student_id: id });
  assert.equal(enrolled.body.ok, true, JSON.stringify(enrolled.body));
  await addUser(id, { role: "student", student_id: id });
}

async function addUser(username, more) {
  const answer = await fetch(`${server.url}/api/v1/users`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ username, password, ...more }),
  });
  assert.equal(answer.status, 201, await answer.text());
}

/** A phone at the school, logged in, before a camera that shows the looks. */
async function openPhone(student, shown, { language = "en", theme = "light", place = school, expected = [] } = {}) {
  const film = join(folder, `${student}.mjpeg`);
  const camera = new Camera(film, shown);
  const browser = await openBrowser({ camera: film });
  const page = await openPage(browser, server.url, {
    size: phone, theme, language, permissions: ["camera", "geolocation"], geolocation: place, expected: [/status of 401/, ...expected],
  });
  await page.goto("/check-in");
  const words = texts(language);
  await page.getByLabel(words.logIn.username).fill(student);
  await page.getByLabel(words.logIn.password).fill(password);
  await page.getByRole("button", { name: words.logIn.submit }).click();
  return {
    page, camera, words,
    async close() {
      await browser.close();
      camera.close();
    },
  };
}

/** What the page asks, and its heading once it is over. */
const readerOf = (page, words) => {
  const actions = new Map(Object.entries(words.challenges).map(([action, text]) => [text, action]));
  return async () => {
    const [asked, heading] = await page.evaluate(() => [
      document.querySelector(".instruction")?.textContent ?? "", document.querySelector("h1:not(.unseen)")?.textContent ?? ""]);
    return [actions.get(asked), heading];
  };
};

test("every reason and every word of a session has its sentence in each language", () => {
  const source = (path) => readFileSync(join(root, "src", path), "utf8");
  const codes = [...source("Domain/Attendance/CheckInRules.cs").matchAll(/(?:Refusal|new)\(\s*"([a-z_]+\.[a-z_]+)"/g),
    ...source("Domain/Presence/LocationEvidence.cs").matchAll(/const string \w+ = "([a-z_]+\.[a-z_]+)"/g)].map((m) => m[1]);
  const faults = [...source("Application/Liveness/LivenessWire.cs").matchAll(/=>? "([A-Z][a-z_ ]+)"/g)]
    .map((m) => m[1].toLowerCase().replaceAll(" ", "_"));
  assert.ok(codes.length >= 18 && faults.length >= 15, `${codes} ${faults}`);

  for (const language of ["en", "id"]) {
    const { reasons, failed, frames } = texts(language);
    const known = Object.entries(reasons).flatMap(([group, of]) => Object.entries(of).map(([name, text]) => [`${group}.${name}`, text]));
    assert.deepEqual(known.map(([code]) => code).sort(), [...new Set(codes)].sort(), language);
    for (const [code, { what, next }] of known) assert.ok(what && next, `${language} ${code}`);
    // Of those, the page never causes: it names its user, and options that can be read.
    const missing = faults.filter((f) => !failed[f] && !frames[f] && !["missing_user_id", "invalid_option"].includes(f));
    assert.deepEqual(missing, [], language);
  }
});

test("a moving person passes, is checked in once, and reads so", { skip: needsShared, timeout: 240_000 }, async () => {
  await addStudent("franck-moving");
  const { page, camera, words, close } = await openPhone("franck-moving", Object.values(looks).flat());
  try {
    await page.getByText(words.ask.title).waitFor();
    await assertSound(page, "before permission is asked");
    await page.getByRole("button", { name: words.ask.start }).click();
    const end = await sitBefore(camera, looks, readerOf(page, words));

    assert.equal(end, words.verdict.accepted, await page.locator("main").innerText());
    await assertSound(page, "the verdict");
    assert.equal(query(database.connectionString,
      "SELECT string_agg(status || ' ' || origin, ',') FROM attendance_records WHERE student_id = 'franck-moving'"), "present check_in");
  } finally {
    await close();
  }
});

test("a still picture fails and says what to do, in Indonesian and in the dark", { skip: needsShared, timeout: 120_000 }, async () => {
  await addStudent("franck-still");
  const { page, words, close } = await openPhone("franck-still", [looks.neutral[0]], { language: "id-ID", theme: "dark" });
  try {
    await page.getByRole("button", { name: words.ask.start }).click();
    await page.getByRole("heading", { name: words.failed.title }).waitFor({ timeout: 90_000 });

    assert.ok(await page.getByText(words.failed.static_image).isVisible(), await page.locator("main").innerText());
    await assertSound(page, "the failure");
    assert.equal(query(database.connectionString,
      "SELECT count(*) FROM attendance_records WHERE student_id = 'franck-still'"), "0");
  } finally {
    await close();
  }
});
