// A small run of tests/faults.sh.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runFaults } from "./faults.mjs";

test("300 events survive two kills, a receiver's restart and a line that fails half of the time", { timeout: 240_000 }, async () => {
  const numbers = await runFaults({ events: 300, kills: 2, receiverRestarts: 1, students: 20, say: console.log });

  console.log(JSON.stringify(numbers));
  assert.deepEqual(numbers.violations, []);
  assert.equal(numbers.stored, 300);
});
