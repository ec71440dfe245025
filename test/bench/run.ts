/**
 * `npm run bench`: ours and the peers, in turn, on the same tree and the same MinIO, in the same minutes.
 *
 *   npm run bench -- [--rounds 3] [--files 20000] [--db-mb 213] [--media-mb 100] [--skip-native] [--skip-scale]
 *
 * Prints the medians side by side with the ratios that matter, and the machine they were taken on. What is not installed is
 * named and left out.
 */
import { mkdirSync, rmSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { parseArgs } from "node:util";
import { tempDir } from "../helpers/temp-dir.ts";
import { benchmarkNative } from "./native.ts";
import { benchmarkS3 } from "./s3.ts";
import { benchmarkScale } from "./scale.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    files: { type: "string", default: "20000" },
    "db-mb": { type: "string", default: "213" },
    "media-mb": { type: "string", default: "100" },
    "skip-native": { type: "boolean", default: false },
    "skip-scale": { type: "boolean", default: false },
  },
});

await using scratch = await tempDir();
const settings = {
  scratch: scratch.path,
  rounds: Number(values.rounds),
  files: Number(values.files),
  dbMb: Number(values["db-mb"]),
  mediaMb: Number(values["media-mb"]),
};
mkdirSync(scratch.path, { recursive: true });
const load = loadavg()[0]?.toFixed(1);
process.stdout.write(
  `node ${process.version}, ${cpus().length} cores, load ${load}, kernel ${release()}, rounds ${settings.rounds}\n`,
);
await benchmarkS3(settings);
if (!values["skip-native"]) await benchmarkNative(settings);
if (!values["skip-scale"]) await benchmarkScale(settings);
rmSync(scratch.path, { recursive: true, force: true });
