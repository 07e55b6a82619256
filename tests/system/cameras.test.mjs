// Kill -9 of a server that looks through cameras: no ffmpeg is left behind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDatabase, startServer, until } from "./server.mjs";

let database, folder, silent, hanging;

before(async () => {
  database = await createDatabase();
  folder = mkdtempSync(join(tmpdir(), "cameras-"));
  execFileSync("ffmpeg", ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=10:duration=2",
    "-pix_fmt", "yuv420p", join(folder, "hall.mp4")]);
  // A camera that is connected to and says nothing.
  silent = http.createServer((request, response) => {
    response.writeHead(200, { "content-type": "multipart/x-mixed-replace; boundary=frame" }).flushHeaders();
    hanging = response;
  });
  silent.listen(0, "127.0.0.1");
  await new Promise((done) => silent.once("listening", done));
});

after(() => {
  silent?.closeAllConnections();
  silent?.close();
  if (folder) rmSync(folder, { recursive: true });
  database?.drop();
});

/** Of every ffmpeg whose parent is the process, or was: its id. */
function ffmpegOf(pid) {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      if (!readFileSync(`/proc/${name}/cmdline`, "utf8").startsWith("ffmpeg\0")) return false;
      return readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ")[1] === String(pid);
    } catch {
      return false;
    }
  });
}

test("a server that is killed leaves no ffmpeg", { timeout: 120_000 }, async () => {
  const server = await startServer(database.connectionString, { CAMERA_PATHS: folder, CAMERA_ALLOW_NETWORKS: "127.0.0.0/8" });
  let children = [];
  try {
    const sources = [join(folder, "hall.mp4"), `http://127.0.0.1:${silent.address().port}/video`];
    for (const [i, source] of sources.entries()) {
      const made = await fetch(`${server.url}/api/v1/cameras`, {
        method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: `Camera ${i}`, source, device_id: `camera-${i}` }),
      });
      assert.equal(made.status, 201, await made.text());
    }
    await until("both are looked through", () => hanging && ffmpegOf(server.pid).length === sources.length);
    children = ffmpegOf(server.pid);
  } finally {
    await server.kill();
  }

  await until("they are gone", () => children.every((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8") === "";
    } catch {
      return true;
    }
  }), 10);
});
