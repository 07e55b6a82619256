// The server on the network over TLS, as ./run.sh --lan has it, and a browser that trusts its own authority.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { createDatabase, freePort, startServer } from "../system/server.mjs";
import { assertSound, logIn, openBrowser, openPage, setUp } from "./kit.mjs";

const address = Object.values(networkInterfaces()).flat().find((one) => one.family === "IPv4" && !one.internal)?.address;
const skip = address ? false : "needs a network";
let folder, database, server, browser, port, root;

/** The certificate that the server shows; fails where it is not of the authority. */
const shown = (authority) => new Promise((done, fail) => {
  const socket = connect({ host: address, port, ca: authority, servername: "" }, () => {
    done(socket.getPeerX509Certificate());
    socket.destroy();
  }).once("error", fail);
});

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "lan-"));
  database = await createDatabase();
  const plain = await freePort();
  port = await freePort();
  server = await startServer(database.connectionString, {
    FACE_PROFILE: "starter", PORT: `${plain}`, Tls__Lan: "true", Tls__Folder: folder, FACE_ADMIN_KEY: `fa_${"x".repeat(40)}`,
    Kestrel__Endpoints__Here__Url: `http://127.0.0.1:${plain}`, Kestrel__Endpoints__Network__Url: `https://0.0.0.0:${port}`,
  });
  await setUp(server);
  root = new X509Certificate(Buffer.from(await (await fetch(`${server.url}/ca.crt`)).arrayBuffer()));
  const certificate = await shown([root.toString()]);
  const key = createHash("sha256").update(certificate.publicKey.export({ type: "spki", format: "der" })).digest("base64");
  // As if the authority were installed: Chromium reads that from a folder of the user's, which a test has no business in.
  browser = await openBrowser({ arguments: [`--ignore-certificate-errors-spki-list=${key}`] });
});

after(async () => {
  await browser?.close();
  await server?.kill();
  database?.drop();
  if (folder) rmSync(folder, { recursive: true });
});

test("whoever trusts the authority trusts the server, and nobody else does", { skip }, async () => {
  assert.ok((await shown([root.toString()])).checkIssued(root));
  await assert.rejects(shown(undefined), { code: /UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED/ });
});

test("a browser logs in over TLS, with camera and position in reach and a cookie out of reach", { skip }, async () => {
  // Nobody is logged in at first, which the browser notes.
  const page = await openPage(browser, `https://${address}:${port}`, { expected: [/401/] });
  await logIn(page);

  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], ["__Host-faceattendance", true, true, "Strict"]);
  assert.equal(await page.evaluate(() => document.cookie), "");
  assert.ok(await page.evaluate(() => isSecureContext && !!navigator.mediaDevices && !!navigator.geolocation));
  const where = await page.evaluate(async () => (await fetch("/api/v1/server/address")).json());
  assert.ok(where.addresses.includes(`https://${address}:${port}`), JSON.stringify(where.addresses));
  assert.equal(where.root.sha256.toLowerCase(), root.fingerprint256.replaceAll(":", "").toLowerCase());
  await assertSound(page);
});
