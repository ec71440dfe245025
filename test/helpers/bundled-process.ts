import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { PROJECT_ROOT } from "../parts/environment.ts";
import { tempDir } from "./temp-dir.ts";

/** A program of the sources, bundled as the program of a release is: it starts in a third of the time, and is started a hundred times. */
export interface BundledProcess extends AsyncDisposable {
  readonly path: string;
  /** Where it keeps what was compiled, for the next start. */
  readonly env: Readonly<Record<string, string>>;
}

/** As in config/bundle.mjs: threads are files of their own, beside the program. */
const THREADS = {
  "inspect-worker": "lib/sqlite/inspect-worker.ts",
  "open-worker": "lib/repository/open-thread/open-worker.ts",
  "pack-worker": "lib/repository/pack-thread/pack-worker.ts",
};

export async function bundledProcess(source: string): Promise<BundledProcess> {
  const dir = await tempDir();
  symlinkSync(join(PROJECT_ROOT, "node_modules"), dir.join("node_modules"));
  const build = await rolldown({
    cwd: PROJECT_ROOT,
    input: { program: source, ...THREADS },
    platform: "node",
    external: ["sodium-native"],
    logLevel: "silent",
  });
  await build.write({ dir: dir.path, format: "esm", entryFileNames: "[name].js" });
  await build.close();
  return {
    path: dir.join("program.js"),
    env: { ...(process.env as Record<string, string>), NODE_COMPILE_CACHE: dir.join("compiled") },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
