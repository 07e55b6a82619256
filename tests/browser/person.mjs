// A person before the browser's camera, made of clips of ../shared/faces: looks, and somebody who does what a page says.
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { photo } from "../system/server.mjs";

/** Whose looks they are. */
export const portrait = "liveness/no-blink/franck_c/0600.jpg";

/** Looks of the person before the camera, as pictures of one size: nobody holds quite still and a camera has grain, so that none is there
 * twice. */
export function takePictures() {
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
      blink: take("blink/franck_a", 1064, 4, 60),
      mouth_open: take("no-blink/franck_c", 600, 12, 80, moved(mouth)),
      nod: take("no-blink/franck_c", 600, 12, 80, moved(nod)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Chromium plays a file as its camera, from memory that it shares with the file: what is written there, the camera sees next. */
export class Camera {
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

/**
 * Reads the page, takes a moment, does what it says, and does it again when nothing has come of it.
 *
 * @param read gives the action that is asked, if any, and how it has ended, once it has
 */
export async function sitBefore(camera, looks, read) {
  let [said, since] = ["", 0];
  const next = new Map();
  // Times in seconds from when the page says it: eyes shut for 0.7, the mouth open for 1.3, three nods.
  const acts = { blink: [[1.2, 1.9]], mouth_open: [[1.2, 2.5]], nod: [[1.2, 1.8], [2.6, 3.2], [4, 4.6]] };
  for (const deadline = Date.now() + 130_000; Date.now() < deadline; await sleep(90)) {
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
