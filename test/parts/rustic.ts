import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, findProgram, installEnvironment } from "./environment.ts";
import type { Part } from "./part.ts";
import { publishFolder } from "./publish.ts";
import { runOrThrow } from "./run.ts";
import { VERSIONS } from "./versions.ts";

const folder = (): string => join(cacheDir(), `rustic-${VERSIONS.rustic}`);

/** The second oracle for snapshot repositories. Building it takes many minutes, so only `npm run soak` does. */
export const rustic: Part = {
  name: "rustic",
  needs: [],
  howToGet: "install Rust 1.91 or newer (rustup.rs), then run the soak again: it builds rustic-rs",
  find() {
    const program = join(folder(), "bin", "rustic");
    return existsSync(program) ? program : undefined;
  },
  async install() {
    const cargo = findProgram("cargo");
    if (cargo === undefined) {
      throw new Error("cargo was not found");
    }
    await publishFolder(folder(), async (temporary) => {
      // Without its terminal interface, WebDAV and telemetry, which are half of what is to be built.
      const features = ["--locked", "--no-default-features", "--quiet"];
      const args = ["install", ...features, "--root", temporary, `rustic-rs@${VERSIONS.rustic}`];
      const nice = findProgram("nice");
      const [program, ...words] = nice === undefined ? [cargo, ...args] : [nice, cargo, ...args];
      const env = installEnvironment();
      await runOrThrow(program as string, words, { cwd: temporary, env, timeoutMs: 60 * 60_000 });
    });
  },
};
