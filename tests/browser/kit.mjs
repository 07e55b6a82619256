// What the tests of the console's pages share: a browser, pages that note whatever goes wrong on them, and a look at how accessible they
// are.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const phone = { width: 390, height: 844 };
export const desk = { width: 1440, height: 900 };

/** A film for {@link openBrowser}'s camera of JPEGs, one behind the other, in the one form of them that Chromium reads. */
export function film(file, pictures) {
  execFileSync("ffmpeg", [
    "-v", "error", "-y", "-f", "image2pipe", "-c:v", "mjpeg", "-i", "-", "-vf", "format=yuvj420p", "-q:v", "2", "-huffman", "default",
    "-f", "mjpeg", file,
  ], { input: Buffer.concat(pictures) });
  return file;
}

/**
 * @param {{camera?: string, arguments?: string[]}} options `camera` is a film (.mjpeg or .y4m) that plays before the browser's camera, over
 * and over.
 */
export const openBrowser = ({ camera, arguments: more = [] } = {}) => chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    ...(camera ? [
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-video-capture=${camera}`,
    ] : []),
    ...more,
  ],
});

/**
 * A page in a context of its own, which notes what no user should meet: errors on the console (what the Content-Security-Policy stops
 * is told there) and requests to another origin. Errors that a test provokes are named by `expected`.
 */
export async function openPage(browser, url, { size = desk, theme = "light", language = "en", expected = [], ...context } = {}) {
  const own = await browser.newContext({
    viewport: size, colorScheme: theme, locale: language, baseURL: url, bypassCSP: false, ignoreHTTPSErrors: false, ...context,
  });
  const page = await own.newPage();
  page.troubles = [];
  const note = (text) => expected.some((pattern) => pattern.test(text)) || page.troubles.push(text);
  page.on("pageerror", (error) => note(`${error.name}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && note(`${message.text()} (${message.location().url})`));
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (/^(https?|wss?):$/.test(address.protocol) && address.host !== new URL(url).host) note(`asked ${address.origin}`);
  });
  return page;
}

/** Nothing went wrong on the page so far, and axe-core finds nothing serious on it as it is shown now. */
export async function assertSound(page, where = page.url()) {
  assert.deepEqual(page.troubles, [], where);
  // What is half faded in has no contrast yet.
  await page.evaluate(() => Promise.allSettled(
    document.getAnimations().filter((a) => a instanceof CSSTransition).map((transition) => transition.finished)));
  // Put in by the browser's debugger, which no Content-Security-Policy holds back.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ""}`).join("; ")}`);
  assert.deepEqual(serious, [], where);
}

export const administrator = { username: "kepala", password: "tiga kuda putih berlari" };

/** Sets the school up by the public API, as the set-up page does. */
export async function setUp(server, { time_zone = "Asia/Jakarta", school_name = "SMP Negeri 3" } = {}) {
  const answer = await fetch(`${server.url}/api/v1/setup`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...administrator, school_name, time_zone, site: null }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
}

export async function logIn(page, { username, password } = administrator) {
  await page.goto("/log-in");
  await page.getByLabel("User name").fill(username);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("navigation").waitFor();
}
