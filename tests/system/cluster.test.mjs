// A small run of tests/cluster.sh: no clock that is ahead, nobody killed, and nothing that depends on how fast this machine is.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const hasNginx = existsSync("/usr/sbin/nginx") || (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "nginx")));

test("three processes behind nginx hear each other and restart one after another without a failed request",
  { skip: hasNginx ? false : "needs nginx", timeout: 280_000 }, () => {
    const run = spawnSync(process.execPath, [join(import.meta.dirname, "cluster.mjs"), "--short"], { encoding: "utf8" });

    console.log(run.stdout + run.stderr);
    assert.match(run.stdout, /^\d+ passed, 0 failed$/m);
    assert.equal(run.status, 0);
  });
