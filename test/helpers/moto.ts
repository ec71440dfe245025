import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareEnvironment } from "../parts/environment.ts";
import { moto } from "../parts/moto.ts";
import { pathOf } from "../parts/part.ts";
import type { AccessKey } from "./minio.ts";
import { answers, startServer } from "./servers.ts";

/** A running moto server: AWS's interfaces (S3, KMS, IAM, STS, SNS, SSM, CloudFormation), all at one address. */
export interface Moto extends AccessKey, AsyncDisposable {
  readonly endpoint: string;
  readonly region: string;
  readonly pid: number;
  /** Forgets everything that was made in it. */
  reset(): Promise<void>;
}

/** Starts moto on a free port; takes about two seconds. It accepts any keys. */
export async function startMoto(): Promise<Moto> {
  const python = pathOf(moto);
  const scratch = await mkdtemp(join(tmpdir(), "clawback-moto-"));
  const server = await startServer({
    name: "moto",
    command: (port) => [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
    env: bareEnvironment({ HOME: scratch, TMPDIR: scratch }),
    isReady: (port) => answers(`http://127.0.0.1:${port}/moto-api/`),
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  return {
    endpoint,
    region: "us-east-1",
    accessKeyId: "testing",
    secretAccessKey: "testing",
    pid: server.pid,
    async reset() {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
