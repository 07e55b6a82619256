// The console from its first start on, as a school's staff meet it: set up, log in, make users, lose the log-in, go on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createDatabase, startServer } from "../system/server.mjs";
import { administrator, assertSound, logIn, openBrowser, openPage, phone } from "./kit.mjs";

let database, server, browser;

before(async () => {
  database = await createDatabase();
  server = await startServer(database.connectionString, { FACE_PROFILE: "starter" });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
});

/** What a page loads before anybody does anything, compressed, in KB. */
async function weightOf(path, { isMeant = () => true } = {}) {
  const page = await openPage(browser, server.url);
  const loaded = [];
  page.on("response", async (response) => {
    const kind = response.request().resourceType();
    if (["document", "script", "stylesheet", "font", "image"].includes(kind) && isMeant(response.url()))
      loaded.push(response.body().then((bytes) => gzipSync(bytes, { level: 9 }).length, () => 0));
  });
  await page.goto(path, { waitUntil: "networkidle" });
  await page.context().close();
  return (await Promise.all(loaded)).reduce((sum, bytes) => sum + bytes, 0) / 1024;
}

test("the first start leads to the set-up, which makes the school and its administrator", async () => {
  const page = await openPage(browser, server.url, { size: phone });
  await page.goto("/");
  await page.waitForURL("**/set-up");
  await page.getByLabel("Name of the school").fill("SMP Negeri 3");
  await page.getByRole("combobox", { name: "Time zone" }).fill("Jakarta");
  await page.getByRole("option", { name: "Asia/Jakarta" }).click();
  await page.getByLabel("Latitude").fill("-7.9673435");
  await page.getByLabel("Longitude").fill("112.6267206");
  await page.getByLabel("User name").fill(administrator.username);
  await assertSound(page);

  // A reload loses nothing but the password.
  await page.reload();
  assert.equal(await page.getByLabel("Name of the school").inputValue(), "SMP Negeri 3");
  await page.getByLabel(/^Password/).fill("password");
  await page.getByRole("button", { name: "Set up" }).click();
  await page.getByRole("alert").waitFor();
  page.troubles = page.troubles.filter((t) => !/status of 400/.test(t));
  await page.getByLabel(/^Password/).fill(administrator.password);
  await page.getByRole("button", { name: "Set up" }).click();

  await page.getByRole("heading", { name: "Today" }).waitFor();
  assert.ok(await page.getByText("SMP Negeri 3").isVisible());
  await assertSound(page);
  const cookies = await page.context().cookies();
  assert.ok(cookies.length > 0 && cookies.every((c) => c.httpOnly && c.sameSite === "Strict"), JSON.stringify(cookies));
  await page.context().close();

  const again = await openPage(browser, server.url);
  await again.goto("/set-up");
  await again.waitForURL(/\/(log-in)?$/);
  await again.context().close();
});

test("nobody is let in by a wrong password, and the administrator is by theirs", async () => {
  const page = await openPage(browser, server.url, { expected: [/status of 40[01]/] });
  await page.goto("/log-in");
  await assertSound(page);
  await page.getByLabel("User name").fill(administrator.username);
  await page.getByLabel(/^Password/).fill("no such password");
  await page.getByRole("button", { name: "Log in" }).click();
  assert.match(await page.getByRole("alert").textContent(), /name or the password is wrong/i);
  await page.context().close();

  const other = await openPage(browser, server.url);
  await logIn(other);
  assert.equal(await other.getByRole("heading", { level: 1 }).textContent(), "Today");
  await other.context().close();
});

test("a log-in that has ended is asked for over the page, on which nothing typed is lost", async () => {
  const page = await openPage(browser, server.url, { expected: [/status of 401/] });
  await logIn(page);
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Add a user" }).click();
  const form = page.getByRole("dialog", { name: "Add a user" });
  await form.getByLabel("User name").fill("guru1");
  await form.getByLabel(/^Password/).fill("empat sapi cokelat tidur");
  // Logged out from elsewhere, as by a changed password.
  const elsewhere = await openPage(browser, server.url);
  await logIn(elsewhere);
  await elsewhere.goto("/account");
  await elsewhere.getByRole("button", { name: "Log out everywhere" }).click();
  await elsewhere.waitForURL("**/log-in");
  await elsewhere.context().close();

  await form.getByRole("button", { name: "Add a user" }).click();
  const question = page.getByRole("dialog", { name: "Log in again" });
  await question.waitFor();
  await question.getByLabel(/^Password/).fill(administrator.password);
  await question.getByRole("button", { name: "Log in" }).click();
  await question.waitFor({ state: "hidden" });
  assert.equal(await form.getByLabel("User name").inputValue(), "guru1");
  await form.getByRole("button", { name: "Add a user" }).click();
  await page.getByRole("cell", { name: "guru1", exact: true }).waitFor();
  await assertSound(page);
  await page.context().close();
});

test("a server that is away is said to be away, and waited for", async () => {
  const page = await openPage(browser, server.url, { expected: [/ERR_|Failed to (load|fetch)|WebSocket/] });
  await logIn(page);
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("cell", { name: administrator.username, exact: true }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Add a user" }).click();
  const form = page.getByRole("dialog", { name: "Add a user" });
  await form.getByLabel("User name").fill("guru2");
  await form.getByLabel(/^Password/).fill("empat sapi cokelat tidur");
  await form.getByRole("button", { name: "Add a user" }).click();
  assert.match(await form.getByRole("alert").textContent(), /server does not answer/i);
  await page.context().setOffline(false);
  await form.getByRole("button", { name: "Add a user" }).click();
  await page.getByRole("cell", { name: "guru2", exact: true }).waitFor();
  await page.context().close();
});

test("the console speaks the reader's language, and remembers another that is chosen", async () => {
  const page = await openPage(browser, server.url, { language: "id-ID" });
  await page.goto("/log-in");
  await page.getByRole("button", { name: "Masuk" }).waitFor();
  await page.getByRole("button", { name: "Bahasa" }).click();
  await page.getByRole("menuitem", { name: "English" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await page.context().close();
});

test("what the first pages load stays small", async () => {
  const [console, checkIn] = [await weightOf("/"), await weightOf("/check-in")];

  assert.ok(console <= 280, `The console's first page: ${console.toFixed(1)} KB`);
  assert.ok(checkIn <= 150, `The check-in page: ${checkIn.toFixed(1)} KB`);
});

test("every page says what it may load, and nobody may frame it", async () => {
  for (const path of ["/", "/log-in", "/check-in", "/kiosk"]) {
    const answer = await fetch(server.url + path, { headers: { Accept: "text/html" } });
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.equal(answer.status, 200, path);
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /script-src[^;]*'unsafe/, path);
  }
});
