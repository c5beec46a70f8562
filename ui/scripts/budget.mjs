// What a first visit costs, and that it asks nobody else for anything.  Run after `npm run build`.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const STATIC = join(import.meta.dirname, "../../src/limelight/server/static");
const MOST_JS_GZ = 180_000;
const TEXT = /\.(html|js|css|svg)$/;

/** Addresses that are words, not requests: namespaces, the examples in the interface, links in library messages. */
const WORDS = [
  "http://www.w3.org/",
  "https://api.openai.com/v1",
  "https://api.anthropic.com/v1/messages",
  "http://localhost",
  "http://${",
  "https://github.com/markedjs/marked",
];

const walk = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });

const files = walk(STATIC);
const html = readFileSync(join(STATIC, "index.html"), "utf8");
const problems = [];

const initial = files.filter((file) => file.endsWith(".js") && html.includes(file.slice(STATIC.length)));
const size = initial.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
console.log(
  `initial JavaScript: ${size.toLocaleString("en-US")} of ${MOST_JS_GZ.toLocaleString("en-US")} bytes gzipped`,
);
if (initial.length === 0) problems.push("index.html names no script");
if (size > MOST_JS_GZ) problems.push("initial JavaScript is over its budget");

for (const file of files.filter((each) => TEXT.test(each))) {
  const text = readFileSync(file, "utf8");
  for (const [address] of text.matchAll(/https?:\/\/[^\s"'`)<>\\]+/g)) {
    if (!WORDS.some((word) => address.startsWith(word))) problems.push(`${file.slice(STATIC.length)} names ${address}`);
  }
  // Protocol-relative addresses in what the browser loads by itself.
  for (const [found] of text.matchAll(/(?:src|href)=["']\/\/[^"']+|url\(["']?\/\/[^)]+/g))
    problems.push(`${file.slice(STATIC.length)} has ${found}`);
}
if (/<script(?![^>]*\ssrc=)[^>]*>|\sstyle=|\son\w+=/.test(html))
  problems.push("index.html needs inline code or style, which the content security policy forbids");

for (const problem of problems) console.error(`budget: ${problem}`);
process.exit(problems.length ? 1 : 0);
