import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDir, findProgram, installEnvironment } from "./environment.ts";
import type { Part } from "./part.ts";
import { publishFolder } from "./publish.ts";
import { runOrThrow } from "./run.ts";
import { VERSIONS } from "./versions.ts";

/** The S3 server with real SSE-KMS, versions, object lock, conditional writes and enforced policies. */
export const minio: Part = goProgram("minio", "github.com/minio/minio", VERSIONS.minio);

/** MinIO's command line, which makes its users and policies. */
export const mc: Part = goProgram("mc", "github.com/minio/mc", VERSIONS.mc);

function goProgram(name: "minio" | "mc", module: string, version: string): Part {
  const folder = (): string => join(cacheDir(), `${name}-${version}`);
  return {
    name,
    needs: [],
    howToGet: `install Go 1.24 or newer (go.dev/dl), then run the tests again: they build ${module}`,
    find() {
      const program = join(folder(), name);
      return existsSync(program) ? program : undefined;
    },
    async install() {
      const go = findProgram("go");
      if (go === undefined) {
        throw new Error("go was not found");
      }
      await publishFolder(folder(), async (temporary) => {
        // The linker's symbol tables are half of the program and of no use here.
        const args = ["install", "-trimpath", "-ldflags=-s -w", `${module}@${version}`];
        const env = installEnvironment({ GOBIN: temporary });
        await runOrThrow(go, args, { cwd: temporary, env, timeoutMs: 30 * 60_000 });
      });
    },
  };
}
