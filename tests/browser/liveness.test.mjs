// A page that speaks to the liveness socket as the second system's own does: no token, a picture every half second, three keys read and
// three actions shown. Before its camera sits a person who reads the page and does what it says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { createDatabase, needsShared, photo, postImage, startServer } from "../system/server.mjs";

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

/** Looks of the person before the camera, as pictures of one size: nobody holds quite still and a camera has grain, so that none is there
 * twice. */
function takePictures() {
  const folder = mkdtempSync(join(tmpdir(), "looks-"));
  // A head in those clips, as an ellipsoid that turns down by 22 degrees, and a mouth whose lower lip goes down; in pixels of their
  // pictures.
  const depth = "sqrt(max(0,1-pow((X-186)/83,2)-pow((Y-140)/117,2)))";
  const nod = `p(X,if(gt(${depth},0),140+117*((Y-140)/117*cos(0.384)-${depth}*sin(0.384)),Y))`;
  const [gap, below] = ["(28.7*(1-pow(min(1,abs(X-206.5)/29),2)))", "(Y-200.5)"];
  const lowered = `if(lt(${below},${gap}),30,p(X,200.5+(${below}-${gap})*72/(72-${gap})))`;
  const mouth = `if(lt(${below},0)+gte(abs(X-206.5),29)+gte(${below},72),p(X,Y),${lowered})`;
  const moved = (expression) => `format=gbrp,geq=r='${expression}':g='${expression}':b='${expression}',`;
  const take = (clip, first, length, count, filter = "") => {
    const name = mkdtempSync(join(folder, "look-"));
    execFileSync("ffmpeg", [
      "-v", "error", "-start_number", String(first), "-i", photo(`liveness/${clip}/%04d.jpg`), "-vf",
      `trim=end_frame=${length},${filter}loop=loop=-1:size=${length},setpts=N/25/TB,format=yuv420p,` +
        `noise=alls=7:allf=t,crop=iw-16:ih-16:8+7*sin(n*0.19):8+7*cos(n*0.13)`,
      "-frames:v", String(count), "-q:v", "3", "-huffman", "default", join(name, "%04d.jpg"),
    ]);
    return readdirSync(name).sort().map((file) => readFileSync(join(name, file)));
  };
  try {
    return {
      neutral: take("no-blink/franck_c", 600, 70, 700),
      "Blink your eyes": take("blink/franck_a", 1064, 4, 60),
      "Open your mouth": take("no-blink/franck_c", 600, 12, 80, moved(mouth)),
      "Nod 3 times": take("no-blink/franck_c", 600, 12, 80, moved(nod)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Chromium plays a file as its camera, from memory that it shares with the file: what is written there, the camera sees next. */
class Camera {
  #size;
  #file;

  constructor(file, looks) {
    this.#size = Math.max(...looks.map((look) => look.length)) + 4;
    writeFileSync(file, this.#fit(looks[0]));
    this.#file = openSync(file, "r+");
  }

  show(look) {
    writeSync(this.#file, this.#fit(look), 0, this.#size, 0);
  }

  close() {
    closeSync(this.#file);
  }

  /** The picture with comments (ISO/IEC 10918-1, B.2.4.5) after its first two bytes, so that all are equally long. */
  #fit(look) {
    const parts = [look.subarray(0, 2)];
    for (let left = this.#size - look.length; left > 0; ) {
      const part = left > 60_000 ? 50_000 : left;
      const comment = Buffer.alloc(part);
      comment.writeUInt16BE(0xfffe, 0);
      comment.writeUInt16BE(part - 2, 2);
      parts.push(comment);
      left -= part;
    }
    return Buffer.concat([...parts, look.subarray(2)]);
  }
}

/** Reads the page, takes a moment, does what it says, and does it again when nothing has come of it. */
async function sitBefore(camera, looks, read) {
  let [said, since] = ["", 0];
  const next = new Map();
  // Times in seconds from when the page says it: eyes shut for 0.7, the mouth open for 1.3, three nods.
  const acts = { "Blink your eyes": [[1.2, 1.9]], "Open your mouth": [[1.2, 2.5]], "Nod 3 times": [[1.2, 1.8], [2.6, 3.2], [4, 4.6]] };
  for (const deadline = Date.now() + 70_000; Date.now() < deadline; await sleep(90)) {
    const [ask, end] = await read();
    if (end) return end;
    if (ask !== said) [said, since] = [ask, Date.now()];
    const now = ((Date.now() - since) / 1000) % 7;
    const acting = acts[said]?.some(([from, to]) => now >= from && now < to);
    const shown = acting ? looks[said] : looks.neutral;
    const number = next.get(shown) ?? 0;
    next.set(shown, number + 1);
    camera.show(shown[number % shown.length]);
  }
  return "Nothing came of it.";
}

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
      readFileSync(photo("liveness/no-blink/franck_c/0600.jpg")), { student_id: student });
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
        return [ask, over];
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
