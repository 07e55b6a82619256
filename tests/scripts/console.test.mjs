// The console's sources: whoever chooses a language reads all of the console in it; the layout is Prettier's.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const folder = join(import.meta.dirname, "../../src/Console/src/i18n");
const languages = readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name);

function flat(texts, before = "") {
  return Object.entries(texts).flatMap(([name, text]) =>
    typeof text === "object" ? flat(text, `${before}${name}.`) : [[before + name, text]]);
}

const read = (language, file) => new Map(flat(JSON.parse(readFileSync(join(folder, language, file), "utf8"))));
// A language has the forms of its own plural: English two, Indonesian one.
const stem = (key) => key.replace(/_(zero|one|two|few|many|other)$/, "");
const placeholders = (text) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((m) => m[1]).sort();

for (const file of readdirSync(join(folder, "en")))
  for (const language of languages.filter((l) => l !== "en"))
    test(`${language}/${file} says what en/${file} says`, () => {
      const [english, other] = [read("en", file), read(language, file)];
      assert.deepEqual([...new Set([...other.keys()].map(stem))].sort(), [...new Set([...english.keys()].map(stem))].sort());
      for (const [key, text] of other) {
        assert.ok(text.trim(), `${key} is empty`);
        const same = english.get(key) ?? english.get(`${stem(key)}_other`);
        assert.deepEqual(placeholders(text), placeholders(same), key);
      }
    });

test("the console's sources are laid out by Prettier", () => {
  const root = join(import.meta.dirname, "../..");
  execFileSync(join(root, "node_modules/.bin/prettier"), ["--check", "--log-level", "warn", "src/Console"], { cwd: root, stdio: "pipe" });
});

test("no language has texts of its own alone", () => {
  for (const language of languages) assert.deepEqual(readdirSync(join(folder, language)).sort(), readdirSync(join(folder, "en")).sort());
});
