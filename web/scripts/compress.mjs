// Writes a brotli file beside every text asset over 1 KB, so that the server sends it as it is.
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const textual = new Set([".js", ".css", ".html", ".svg", ".json", ".txt", ".webmanifest"]);
const smallest = 1024;

const entries = await readdir(dist, { recursive: true, withFileTypes: true });
let count = 0;
for (const entry of entries) {
  if (!entry.isFile() || !textual.has(path.extname(entry.name))) continue;
  const file = path.join(entry.parentPath, entry.name);
  const content = await readFile(file);
  if (content.length <= smallest) continue;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  await writeFile(`${file}.br`, brotliCompressSync(content, { params }));
  count += 1;
}
process.stdout.write(`${count} files compressed\n`);
