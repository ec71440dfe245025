import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { CLAWBACK_PROGRAM, clawback } from "../helpers/clawback.ts";
import { startMinio } from "../helpers/minio.ts";
import { addMinioStorage } from "../helpers/minio-storage.ts";
import { openClawEnvironment } from "../helpers/openclaw.ts";
import { partPath, testWith } from "../helpers/parts.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";
import { NODE } from "../parts/environment.ts";
import { runOrThrow } from "../parts/run.ts";

const PASSWORD = 'it\'s a "horse" $HOME';

/** The lines of a page that are to be typed, by the number of their section. */
function commandsOf(page: string): string[] {
  const sections = page.split(/^(?=\d\. )/m).slice(1);
  return sections.map((section) =>
    section
      .split("\n")
      .filter((line) => line.startsWith("    "))
      .map((line) => line.trim())
      .join("\n"),
  );
}

/** An empty home in which the programs that the page names can be called by their names. */
function newMachine(path: string): Record<string, string> {
  const home = join(path, "new-home");
  const bin = join(path, "bin");
  for (const directory of [home, bin]) mkdirSync(directory, { mode: 0o700 });
  const programs = { clawback: CLAWBACK_PROGRAM, openclaw: partPath("openclaw") };
  for (const [name, program] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec "${NODE}" "${program}" "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { ...openClawEnvironment(home), PATH: `${bin}:${process.env.PATH}`, TZ: "UTC" };
}

async function follow(commands: readonly string[], env: Record<string, string>): Promise<string> {
  const script = ["set -eu", ...commands].join("\n");
  const { stdout } = await runOrThrow("sh", ["-c", script], { env, cwd: env.HOME });
  return stdout;
}

const memoryOf = (stateDir: string): string =>
  readFileSync(join(stateDir, "workspace/MEMORY.md"), "utf8");

testWith(
  ["restic", "gpg", "openclaw"],
  "the page, followed literally on an empty home, brings the agent back in each of its ways",
  async () => {
    await using user = await tempDir();
    const stateDir = user.join(".openclaw");
    await makeSample(stateDir, { files: 10 });
    const program = clawback({ userHome: user.path, env: { CLAWBACK_PASSWORD: PASSWORD } });
    const place = user.join("it's a disk");
    await program.json(["storage", "add", "disk", "--type", "directory", "--path", place]);
    await program.json(["create", "--instance", "box"]);
    await program.json(["snapshot", "--instance", "box"]);
    const export_ = ["key", "export", "--with-passphrase", "--instance", "box", "--password-file"];
    writeFileSync(user.join("password"), `${PASSWORD}\n`, { mode: 0o600 });
    const { page } = await program.json<{ page: string }>([...export_, user.join("password")]);
    const env = newMachine(user.path);
    const newHome = env.HOME ?? "";
    await follow(commandsOf(page), env);
    const original = readTree(join(stateDir, "workspace"));
    expect(memoryOf(join(newHome, ".openclaw"))).toBe(memoryOf(stateDir));
    expect(memoryOf(`${newHome}/restored${stateDir}`)).toBe(memoryOf(stateDir));
    expect(Object.keys(original).length).toBeGreaterThan(10);
    expect(existsSync(join(newHome, "from-archive"))).toBe(true);
    expect(statSync(join(newHome, "password.txt")).mode & 0o077).toBe(0);
  },
  60_000,
);

testWith(
  ["minio", "mc", "restic", "openclaw"],
  "a page without secrets wants the two that it lacks, and then does for a bucket; its word makes the repository safe",
  async () => {
    await using minio = await startMinio();
    await using user = await tempDir();
    await minio.mc("mb", "test/kit");
    const stateDir = user.join(".openclaw");
    await makeSample(stateDir, { files: 10 });
    await addMinioStorage({ minio, userHome: user.path, bucket: "kit", prefix: "fleet" });
    const program = clawback({ userHome: user.path, env: { CLAWBACK_INSTANCE: "box" } });
    await program.json(["snapshot"]);
    const password = async (): Promise<unknown> => {
      const { storages } = await program.json<{ storages: { repositoryPassword: unknown }[] }>(
        ["status"],
        [0, 1],
      );
      return storages[0]?.repositoryPassword;
    };
    expect(await password()).toMatchObject({ state: "only-here" });
    const full = await program.json<{ page: string }>(["key", "export", "--with-passphrase"]);
    const secret = /^Passphrase +(\S+)$/m.exec(full.page)?.[1] ?? "";
    const { page } = await program.json<{ page: string }>(["key", "export"]);
    expect(page).not.toContain(secret);
    expect(page).not.toContain(minio.secretAccessKey);

    const env = newMachine(user.path);
    const home = env.HOME ?? "";
    writeFileSync(join(home, "password.txt"), `${secret}\n`);
    writeFileSync(join(home, "secret-key.txt"), `${minio.secretAccessKey}\n`);
    await follow(commandsOf(page), env);
    expect(memoryOf(join(home, ".openclaw"))).toBe(memoryOf(stateDir));
    expect(memoryOf(`${home}/restored${stateDir}`)).toBe(memoryOf(stateDir));

    // A page without the passphrase proves nothing of it.
    const word = (text: string): string =>
      /^The word of this page is: (\w+)$/m.exec(text)?.[1] ?? "";
    await program.json(["key", "confirm", word(page)]);
    expect(await password()).toMatchObject({ state: "only-here" });
    expect((await program.run("key", "confirm", "nonsense")).code).toBe(2);
    await program.json(["key", "confirm", word(full.page).toUpperCase()]);
    expect(await password()).toMatchObject({ state: "kit", problems: [] });
    // Once the password is another, the page is of no use any more.
    writeFileSync(user.join("other"), "other\n", { mode: 0o600 });
    await program.json([
      "repository",
      "password",
      "change",
      "--new-password-file",
      user.join("other"),
    ]);
    expect(await password()).toMatchObject({
      state: "only-here",
      problems: [expect.stringContaining("no longer opens")],
    });
  },
  60_000,
);
