import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareEnvironment } from "../parts/environment.ts";
import { mc as mcPart, minio } from "../parts/go-programs.ts";
import { pathOf } from "../parts/part.ts";
import { runOrThrow } from "../parts/run.ts";
import { answers, startServer } from "./servers.ts";

/** Keys that a client signs with. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A running MinIO of one's own. The keys are its administrator's; addressing must be by path. */
export interface Minio extends AccessKey, AsyncDisposable {
  readonly endpoint: string;
  readonly region: string;
  /** The one KMS key the server knows; any other key id is refused with `kms:KeyNotFound`. */
  readonly kmsKeyId: string;
  /** Where the server keeps its objects. */
  readonly dataDir: string;
  readonly pid: number;
  /** Makes a user with the rights of one IAM policy, and returns the user's keys. */
  createUser(policy: object | string): Promise<AccessKey>;
  /** Runs `mc` as administrator; the server's alias is `test`. Returns what it printed. */
  mc(...args: string[]): Promise<string>;
}

export interface MinioOptions {
  /** Puts the server's objects here, and leaves them. @default a temporary folder that goes with the server */
  readonly dataDir?: string | undefined;
  /** @default a free port */
  readonly port?: number | undefined;
}

/** Starts MinIO with one KMS key on a free port; takes under a second. */
export async function startMinio(options: MinioOptions = {}): Promise<Minio> {
  const program = pathOf(minio);
  const scratch = await mkdtemp(join(tmpdir(), "clawback-minio-"));
  const dataDir = options.dataDir ?? join(scratch, "data");
  const administrator = {
    accessKeyId: "clawback",
    secretAccessKey: randomBytes(16).toString("hex"),
  };
  const kmsKeyId = "clawback-test";
  const server = await startServer({
    name: "minio",
    port: options.port,
    command: (port) => [program, "server", "--quiet", "--address", `127.0.0.1:${port}`, dataDir],
    env: bareEnvironment({
      HOME: scratch,
      MINIO_ROOT_USER: administrator.accessKeyId,
      MINIO_ROOT_PASSWORD: administrator.secretAccessKey,
      MINIO_KMS_SECRET_KEY: `${kmsKeyId}:${randomBytes(32).toString("base64")}`,
      MINIO_BROWSER: "off",
      MINIO_CALLHOME_ENABLE: "off",
      MINIO_PROMETHEUS_AUTH_TYPE: "public",
    }),
    isReady: (port) => answers(`http://127.0.0.1:${port}/minio/health/cluster`),
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const { accessKeyId, secretAccessKey } = administrator;
  const mcEnvironment = bareEnvironment({
    HOME: scratch,
    MC_CONFIG_DIR: join(scratch, "mc"),
    MC_HOST_test: endpoint.replace("://", `://${accessKeyId}:${secretAccessKey}@`),
  });
  const mc = async (...args: string[]): Promise<string> =>
    (await runOrThrow(pathOf(mcPart), ["--quiet", ...args], { env: mcEnvironment })).stdout;

  return {
    ...administrator,
    endpoint,
    region: "us-east-1",
    kmsKeyId,
    dataDir,
    pid: server.pid,
    mc,
    createUser: (policy) => createUser(mc, scratch, policy),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function createUser(
  mc: Minio["mc"],
  scratch: string,
  policy: object | string,
): Promise<AccessKey> {
  const accessKeyId = `user-${randomBytes(6).toString("hex")}`;
  const secretAccessKey = randomBytes(16).toString("hex");
  const file = join(scratch, `${accessKeyId}.json`);
  await writeFile(file, typeof policy === "string" ? policy : JSON.stringify(policy));
  await mc("admin", "user", "add", "test", accessKeyId, secretAccessKey);
  await mc("admin", "policy", "create", "test", accessKeyId, file);
  await mc("admin", "policy", "attach", "test", accessKeyId, "--user", accessKeyId);
  return { accessKeyId, secretAccessKey };
}
