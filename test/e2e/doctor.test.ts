import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { testWith } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

interface Report {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly fix?: string;
  }[];
}

async function makeUser(): Promise<{ user: TempDir; program: Clawback } & AsyncDisposable> {
  const user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 5 });
  const program = clawback({ userHome: user.path, as: "function" });
  await program.json(["init", "--instance", "box"]);
  return { user, program, [Symbol.asyncDispose]: () => user[Symbol.asyncDispose]() };
}

const problemsOf = ({ findings }: Report): string[] =>
  findings.filter(({ severity }) => severity === "problem").map(({ code }) => code);

test("before init the doctor says what to begin with, and makes nothing", async () => {
  await using user = await tempDir();
  const program = clawback({ userHome: user.path, as: "function" });
  const report = await program.json<Report>(["doctor"], [1]);
  expect(problemsOf(report)).toEqual(["settings", "installation"]);
  expect(existsSync(user.join(".clawback"))).toBe(false);
});

test("with a verified backup nothing is a problem, and every check is shown with its fix below", async () => {
  await using scene = await makeUser();
  const { program } = scene;
  expect(problemsOf(await program.json<Report>(["doctor"], [1]))).toEqual(["last-backup"]);
  await program.json(["create"]);
  await program.json(["verify", "latest"]);
  const report = await program.json<Report>(["doctor"]);
  expect(report.ok).toBe(true);
  for (const { severity, fix, code } of report.findings) {
    if (severity === "warning") expect(fix, code).toBeDefined();
  }
  const shown = await program.run("doctor");
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(/^last-verified-backup +ok +made/m);
  expect(shown.stdout).toMatch(/^protection +warning .*level none.*\n +fix: clawback setup/m);
});

test("what is wrong with the home is told, and left as it is", async () => {
  await using scene = await makeUser();
  const { user, program } = scene;
  await program.json(["create"]);
  await chmod(user.join(".clawback/settings.json"), 0o644);
  await mkdir(user.join(".clawback/restore"), { mode: 0o700 });
  await writeFile(user.join(".clawback/restore/journal.json"), "{", { mode: 0o600 });
  const scratch = user.join(".clawback/tmp/.clawback-test-999999999-1-00000000-00000000");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const report = await program.json<Report>(["doctor"], [1]);
  expect(problemsOf(report)).toEqual(["home-modes", "unfinished-restore"]);
  expect(report.findings.find(({ code }) => code === "home-modes")?.fix).toBe(
    `chmod go= ${user.join(".clawback/settings.json")}`,
  );
  expect(existsSync(user.join(".clawback/restore/journal.json"))).toBe(true);
  expect(existsSync(scratch)).toBe(true);
});

test("a storage that is gone is a problem with what to do, and hides nothing else", async () => {
  await using scene = await makeUser();
  const { user, program } = scene;
  await rm(user.join(".clawback/storage"), { recursive: true });
  const report = await program.json<Report>(["doctor"], [1]);
  expect(problemsOf(report)).toContain("storage");
  expect(report.findings.find(({ code }) => code === "storage")?.fix).toContain("clawback init");
  expect(report.findings.map(({ code }) => code)).toContain("home-modes");
});

test("the configured password is used, and one that cannot be had is a problem of its own", async () => {
  await using scene = await makeUser();
  const { user } = scene;
  const withEnv = (env: Record<string, string>): Clawback =>
    clawback({ userHome: user.path, env, as: "function" });
  await withEnv({ CLAWBACK_PASSWORD: "correct horse" }).json(["snapshot"]);
  const without = await scene.program.json<Report>(["doctor"], [1]);
  expect(problemsOf(without)).toContain("repository-password");
  const broken = withEnv({ CLAWBACK_PASSWORD_FILE: user.join("nothing") });
  expect(problemsOf(await broken.json<Report>(["doctor"], [1]))).toContain("password");
  await withEnv({ CLAWBACK_PASSWORD: "correct horse" }).json(["doctor"]);
});

testWith(
  ["minio", "mc"],
  "of a bucket it tells versions, clock, rights and the password's safety",
  async () => {
    await using minio = await startMinio();
    await using scene = await makeUser();
    const { user, program } = scene;
    await minio.mc("mb", "test/doctor");
    await addMinioStorage({ minio, userHome: user.path, bucket: "doctor", kmsKey: null });
    await program.json(["snapshot"]);
    const told = async (): Promise<Record<string, string>> => {
      const { findings } = await program.json<Report>(["doctor"], [0, 1]);
      const ofBucket = findings.filter(({ message }) => message.includes("storage s3"));
      return Object.fromEntries(ofBucket.map(({ code, severity }) => [code, severity]));
    };
    expect(await told()).toEqual({
      clock: "ok",
      storage: "ok",
      "storage-features": "warning",
      "stranded-uploads": "ok",
      protection: "warning",
      plaintext: "ok",
      "repository-password": "problem",
    });
    await minio.mc("version", "enable", "test/doctor");
    expect(await told()).toMatchObject({ "storage-features": "ok", protection: "warning" });
    const before = await minio.mc("ls", "--recursive", "--versions", "test/doctor");
    await told();
    expect(await minio.mc("ls", "--recursive", "--versions", "test/doctor")).toBe(before);
  },
);
