/** What is vendored is what is written down, and no part of the page breaks its own policy. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../handoff/console/", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const sources = readdirSync(root, { recursive: true }).filter((path) => path.endsWith(".js") && !path.startsWith("vendor"));

test("the vendored file has the sum that its README states, with both licences beside it", () => {
  const sum = createHash("sha256").update(readFileSync(new URL("vendor/preact-htm.js", root))).digest("hex");
  assert.ok(read("vendor/README.md").includes(sum));
  assert.match(read("vendor/LICENSE.htm"), /Apache License/);
  assert.match(read("vendor/LICENSE.preact"), /MIT License/);
});

test("nothing puts text into the page as markup, as style or as code", () => {
  assert.ok(sources.length > 15);
  for (const path of sources) {
    assert.doesNotMatch(read(path), /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function/, path);
    assert.doesNotMatch(read(path), /\sstyle=|cssText/, path);
  }
  assert.doesNotMatch(read("index.html"), /<style|\sstyle=|\son\w+=|<script>/);
});

test("only desk.js knows the desk's addresses", () => {
  for (const path of sources) {
    if (path === "desk.js") continue;
    assert.doesNotMatch(read(path), /["'`/]api\/|fetch\(|new WebSocket/, path);
  }
});

test("every custom property is described, set in both schemes where it is a colour, and used", () => {
  const [light, dark] = read("styles/tokens.css").split("@media (prefers-color-scheme: dark)");
  const names = (css) => new Set([...css.matchAll(/^\s*(--[\w-]+):/gm)].map((found) => found[1]));
  const styles = readdirSync(new URL("styles/", root)).map((path) => read(`styles/${path}`)).join("\n");
  const shapes = new Set(["--font", "--size", "--radius", "--radius-small"]);
  assert.ok(names(light).size > 30);
  for (const name of names(light)) {
    assert.ok(read("README.md").includes(`\`${name}\``), `${name} is not in README.md`);
    assert.ok(shapes.has(name) || names(dark).has(name), `${name} has no dark value`);
    assert.ok(styles.includes(`var(${name})`), `${name} is not used`);
  }
});
