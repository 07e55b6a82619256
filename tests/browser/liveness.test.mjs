// A page that speaks to the liveness socket as the second system's own does: no token, a picture every half second, three keys read and
// three actions shown. Before its camera sits a person who reads the page and does what it says.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { createDatabase, needsShared, photo, postImage, startServer } from "../system/server.mjs";
import { Camera, portrait, sitBefore, takePictures } from "./person.mjs";

const actions = { "Blink your eyes": "blink", "Open your mouth": "mouth_open", "Nod 3 times": "nod" };

const page = (socket, withPrefix) => `<!doctype html>
<title>Liveness</title>
<video autoplay muted playsinline></video>
<p id="ask"></p><p id="trouble"></p><p id="end"></p>
<script>
  const words = { blink: "Blink your eyes", mouth_open: "Open your mouth", nod: "Nod 3 times" };
  const show = (id, text) => (document.getElementById(id).textContent = text);
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  navigator.mediaDevices.getUserMedia({ video: true }).then(async (camera) => {
    video.srcObject = camera;
    await video.play();
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const socket = new WebSocket(${JSON.stringify(socket)});
    let sending;
    socket.onopen = () => {
      sending = setInterval(() => {
        canvas.getContext("2d").drawImage(video, 0, 0);
        const picture = canvas.toDataURL("image/jpeg");
        socket.send(${withPrefix} ? picture : picture.split(",")[1]);
      }, 500);
    };
    socket.onmessage = (message) => {
      const { error, challenge, action_detected } = JSON.parse(message.data);
      show("trouble", error ?? "");
      if (challenge) show("ask", words[challenge] ?? "Unknown: " + challenge);
      if (action_detected) show("end", "Passed");
    };
    socket.onclose = ({ code }) => {
      clearInterval(sending);
      if (!document.getElementById("end").textContent) show("end",
        "Closed with " + code + ": " + document.getElementById("trouble").textContent);
    };
  }, (error) => show("end", "No camera: " + error.name));
</script>`;

let database, server, looks, folder;

before(async () => {
  if (needsShared) return;
  folder = mkdtempSync(join(tmpdir(), "camera-"));
  database = await createDatabase();
  server = await startServer(database.connectionString);
  looks = takePictures();
});

after(async () => {
  await server?.kill();
  database?.drop();
  if (folder) rmSync(folder, { recursive: true });
});

for (const [what, withPrefix, student] of [["data URLs", true, "franck-1"], ["bare base64", false, "franck-2"]]) {
  test(`a page without a token passes a session, by ${what}`, { skip: needsShared, timeout: 180_000 }, async () => {
    const enrolled = await postImage(`${server.url}/enroll?override_duplicate=true&reason=same+clip`,
      readFileSync(photo(portrait)), { student_id: student });
    assert.equal(enrolled.body.ok, true, JSON.stringify(enrolled.body));
    const site = createServer((_, answer) =>
      answer.setHeader("content-type",
        "text/html").end(page(`${server.url.replace("http", "ws")}/ws/liveness/?user_id=${student}`, withPrefix)));
    await new Promise((done) => site.listen(0, "127.0.0.1", done));
    const film = join(folder, `${student}.mjpeg`);
    const camera = new Camera(film, Object.values(looks).flat());
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${film}`,
      ],
    });
    const said = new Set();
    let end;
    try {
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${site.address().port}/`);
      end = await sitBefore(camera, looks, async () => {
        const [ask, trouble, over] = await tab.evaluate(() => ["ask", "trouble", "end"]
          .map((id) => document.getElementById(id).textContent));
        said.add(ask).add(trouble);
        return [actions[ask], over];
      });
    } finally {
      await browser.close();
      site.close();
      camera.close();
    }

    assert.equal(end, "Passed", [...said].join(" | "));
    assert.ok([...said].every((text) => ["", "Blink your eyes", "Open your mouth", "Nod 3 times"].includes(text)), [...said].join(" | "));
  });
}
