// Swagger UI as a person uses it: open a route, try it out, choose a file, read the answer.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { createDatabase, needsShared, photo, root, startServer } from "../system/server.mjs";

const pictures = join(root, ".data", "screenshots");
let database, server, browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  database = await createDatabase();
  server = await startServer(database.connectionString);
  browser = await chromium.launch(
    { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
});

test("the page lists every route of the contract without an error", async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(error.message));
  // What the page's own Content-Security-Policy stops is told there.
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  await page.goto(`${server.url}/swagger`);
  await page.waitForSelector(".opblock");
  const routes = await page.$$eval(".opblock-summary-path", (spans) => spans.map((s) => s.textContent.replace(/[\s\u200b]/g, "")));
  await page.screenshot({ path: join(pictures, "swagger.png"), fullPage: true });
  await page.close();

  for (const route of ["/enroll", "/recognize", "/recognize/realtime", "/health", "/config", "/mock/webhook", "/students", "/students/{id}",
    "/attendance/today"])
    assert.ok(routes.some((r) => r === route || (route.includes("{") && r.startsWith("/students/{"))),
      `${route} is not on the page: ${routes}`);
  assert.deepEqual(troubles, []);
});

test("a photo chosen on the page is enrolled", { skip: needsShared }, async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
  await page.goto(`${server.url}/swagger`);
  const block = page.locator(".opblock", { has: page.locator('.opblock-summary-path[data-path="/enroll"]') });
  await block.locator(".opblock-summary").click();
  // The page is set to be tried out without a further click.
  await block.locator('tr[data-property-name="student_id"] input, tr:has-text("student_id") input[type=text]').first().fill("siswaA");
  await block.locator("input[type=file]").setInputFiles(photo("lfw/Ari_Fleischer/Ari_Fleischer_0001.jpg"));
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table .response-col_description .microlight").first();
  await answer.waitFor();
  const text = await answer.textContent();
  await page.screenshot({ path: join(pictures, "swagger-enroll.png"), fullPage: true });
  await page.close();

  assert.match(text, /"ok":\s*true/);
  assert.match(text, /"saved":\s*1/);
});

test("whoever is logged in to the console is so here", async () => {
  await fetch(`${server.url}/api/v1/users`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ username: "kepala", password: "tiga kuda putih berlari", role: "admin" }),
  });
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await page.request.post(`${server.url}/api/v1/session`, {
    data: { username: "kepala", password: "tiga kuda putih berlari" },
  });
  assert.equal(session.status(), 200);
  await page.goto(`${server.url}/swagger`);
  const path = '.opblock-summary-path[data-path="/api/v1/retention/run"]';
  const block = page.locator(".opblock", { has: page.locator(path) });
  await block.locator(".opblock-summary").click();
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/api/v1/retention/run")),
    block.getByRole("button", { name: "Execute" }).click(),
  ]);
  assert.equal(answer.status(), 200);
  await context.close();
});
