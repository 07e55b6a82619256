// Pictures of every page for docs/img, in both looks and at the sizes of a phone and of a desk, of a school that does not exist and with
// drawn faces: FACE_TEST_POSTGRES=<cluster> node scripts/screenshots.mjs [page…]
// It starts the built server on a database of its own; ./test.sh says how a cluster is made, scripts/postgres.sh start makes one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { desk, film, logIn, openBrowser, openPage, phone, setUp } from "../tests/browser/kit.mjs";
import { createDatabase, root, startServer } from "../tests/system/server.mjs";

const place = { latitude: -7.9673435, longitude: 112.6267206 };
const student = { username: "ayu", password: "lima ayam putih terbang" };
const images = join(root, "docs/img");
const drawn = (name) => readFileSync(join(root, "tests/browser/drawn", `${name}.jpg`));
const pages = [...readFileSync(join(root, "src/Console/src/pages/index.ts"), "utf8").matchAll(/path: "([^"]+)"/g)]
  .map(([, path]) => path).filter((path) => !path.includes("$")).concat("/students/7A-01");
const wanted = new Set(process.argv.slice(2));

const folder = mkdtempSync(join(tmpdir(), "screenshots-"));
const database = await createDatabase();
const server = await startServer(database.connectionString, {
  FACE_PROFILE: "starter", WEBHOOK_ALLOW_PRIVATE: "true", CAMERA_PATHS: folder,
});
const receiver = createServer((request, answer) => request.resume().on("end", () => answer.writeHead(204).end())).listen(0, "127.0.0.1");
const browser = await openBrowser({ camera: film(join(folder, "camera.mjpeg"), [drawn("two"), drawn("two")]) });
const looks = ["light", "dark"].flatMap(
  (theme) => [["phone", phone], ["desk", desk]].map(([size, viewport]) => ({ theme, size, viewport })));
try {
  mkdirSync(images, { recursive: true });
  for (const look of looks) {
    const page = await open(look);
    await page.goto("/set-up");
    await shoot(page, look, "set-up");
    await page.context().close();
  }
  const school = await makeSchool();
  for (const look of looks) {
    const page = await open(look);
    await page.goto("/log-in");
    await shoot(page, look, "log-in");
    await logIn(page);
    for (const path of pages) {
      await page.goto(path);
      if (path === "/live") await startLive(page);
      await shoot(page, look, path === "/" ? "today" : path.startsWith("/students/") ? "student" : path.slice(1));
    }
    // The pages that are no part of the console: as a student, and with a device's key.
    for (const [name, credentials] of [["check-in", student], ["kiosk", { key: school.deviceKey }]]) {
      await page.context().clearCookies();
      await page.request.post("/api/v1/session", { data: credentials });
      await page.goto(`/${name}`);
      await page.waitForTimeout(3000);
      await shoot(page, look, name);
    }
    if (page.troubles.length > 0) console.error(look.theme, look.size, page.troubles);
    await page.context().close();
  }
  await browser.close();
} finally {
  receiver.close();
  await server.kill();
  database.drop();
  rmSync(folder, { recursive: true });
}

function open({ theme, viewport }) {
  return openPage(browser, server.url, { size: viewport, theme, permissions: ["camera", "geolocation"], geolocation: place });
}

async function shoot(page, { theme, size }, name) {
  if (wanted.size > 0 && !wanted.has(name)) return;
  await page.waitForTimeout(1500);
  // Where the pictures were taken is nobody's concern.
  await page.evaluate(([from, to]) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(from, to);
  }, [root, "/srv/faceattendance"]);
  await page.screenshot({ path: join(images, `${name}-${theme}-${size}.jpg`), type: "jpeg", quality: 72 });
}

async function call(method, path, body, type = "application/json") {
  const answer = await fetch(server.url + path, {
    method, headers: body ? { "Content-Type": type } : {}, body: body && (type === "application/json" ? JSON.stringify(body) : body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json().catch(() => null);
}

async function startLive(page) {
  await page.getByRole("button", { name: /start|camera/i }).first().click();
  await page.waitForTimeout(4000);
}

async function makeSchool() {
  await setUp(server);
  const given = ["Ayu", "Budi", "Citra", "Dewa", "Eka", "Fajar", "Gita", "Hadi", "Indah", "Joko", "Kartika", "Lukman"];
  const family = ["Lestari", "Santoso", "Wijaya", "Pratama", "Utami"];
  const students = given.flatMap((first, i) => family.map((last, j) => ({
    id: `7${"AB"[(i + j) % 2]}-${String(i * family.length + j + 1).padStart(2, "0")}`, name: `${first} ${last}`,
    of: `7${"AB"[(i + j) % 2]}`,
  })));
  await call("POST", "/api/v1/students/import",
    "student_id,full_name,class_name\r\n" + students.map((s) => `${s.id},${s.name},${s.of}`).join("\r\n"), "text/csv");
  for (const [who, face] of [[0, "ayu"], [10, "citra"], [15, "dewa"]]) {
    const form = new FormData();
    form.append("image", new Blob([drawn(`${face}-0`)], { type: "image/jpeg" }), "photo.jpg");
    const enrolled = await fetch(`${server.url}/api/v1/students/${students[who].id}/faces`, { method: "POST", body: form });
    if (!enrolled.ok) throw new Error(await enrolled.text());
  }

  await call("POST", "/api/v1/webhooks", { url: `http://127.0.0.1:${receiver.address().port}/attendance`, description: "School register" });
  await call("POST", "/api/v1/webhooks", { url: "http://127.0.0.1:9/none", description: "Parents' app" });
  const device = await call("POST", "/api/v1/devices", { device_id: "gate-1", name: "Main gate", scopes: ["recognize"] });
  await call("POST", "/api/v1/api-keys", { name: "Registry", scopes: ["enroll", "attendance:read"] });
  // Of nobody, so that the other pages show the lessons' own attendance.
  const hall = join(folder, "hall.mp4");
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "color=gray:size=640x360:rate=10:duration=5", "-pix_fmt", "yuv420p", hall]);
  const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  for (const camera of [
    { name: "Hall", source: hall, device_id: "hall-1", direction: "in", frames_per_second: 4 },
    { name: "Back gate", source: "rtsp://10.255.255.1/live", device_id: "gate-2", direction: "out" },
    { name: "Library", source: "push", device_id: "library-1" },
    { name: "Sports hall", source: "push", device_id: "sports-1", hours: { weekdays, from: "00:00", to: "00:01" } },
    { name: "Workshop", source: "rtsp://10.255.255.2/live", device_id: "workshop-1", enabled: false },
  ]) await call("POST", "/api/v1/cameras", camera);
  await call("POST", "/api/v1/users", { username: "guru.matematika", password: "empat sapi cokelat tidur", role: "operator" });
  await call("POST", "/api/v1/users", { ...student, role: "student", student_id: students[0].id });
  await call("POST", "/api/v1/sites", {
    type: "Feature", geometry: { type: "Point", coordinates: [place.longitude, place.latitude] },
    properties: { name: "Campus", radius_m: 120 },
  });

  const week = [["Mathematics", "07:00", "08:30"], ["Physics", "08:45", "10:15"], ["Indonesian", "10:30", "12:00"]];
  for (const [i, of] of ["7A", "7B"].entries()) for (const [j, [name, starts, ends]] of week.entries())
    await call("POST", "/api/v1/timetable/lessons", {
      name: `${of} ${name}`, class_name: of, starts, ends,
      weekdays: ["monday", "tuesday", "wednesday", "thursday", "friday"].filter((_, day) => (day + i + j) % 3 !== 0),
    });

  // Two class sessions that run, one that is over.
  const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
  for (const [name, starts, ends, of] of [
    ["7A Mathematics", -20, 70, "7A"], ["7B Physics", -10, 80, "7B"], ["7A Indonesian", -120, -30, "7A"],
  ]) {
    const roster = students.filter((s) => s.of === of);
    const session = await call("POST", "/api/v1/class-sessions", {
      name, opens_at: at(starts - 15), starts_at: at(starts), grace_minutes: 10, ends_at: at(ends), roster: roster.map((s) => s.id),
    });
    const statuses = ["present", "present", "present", "late", "present", "present", "excused", "present", "present", "sick"];
    for (const [i, student] of roster.slice(0, 24).entries())
      await call("POST", "/api/v1/attendance/manual", {
        student_id: student.id, status: statuses[i % statuses.length], reason: "Seen in class by the teacher.",
        class_session_id: session.id,
      });
  }
  return { deviceKey: device.key };
}
