import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { clawback } from "../helpers/clawback.ts";
import { describeWith } from "../helpers/parts.ts";
import { KEYS, openPty, type PtyOptions } from "../helpers/pty.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";

const NOT_CONFIRMED = 130;
const BOLD = "\u001b[1m";

describeWith("python3", "at a terminal", () => {
  let user: TempDir;
  const open = (args: readonly string[], options: Omit<PtyOptions, "userHome"> = {}) =>
    openPty(args, { userHome: user.path, ...options });
  const memory = (): string => user.join(".openclaw", "workspace", "MEMORY.md");
  const program = () => clawback({ userHome: user.path });

  beforeAll(async () => {
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 20 });
    const media = user.join(".openclaw", "media");
    mkdirSync(media);
    for (let i = 0; i < 4; i++) writeFileSync(join(media, `${i}.jpg`), randomBytes(8 << 20));
    await program().json(["init", "--instance", "box"]);
    await program().json(["create", "older", "--exclude", "media/"]);
    await program().json(["create", "newest"]);
  }, 120_000);
  afterAll(() => user[Symbol.asyncDispose]());

  test("restore shows its plan and wants the word yes; anything else changes nothing", async () => {
    writeFileSync(memory(), "changed\n");
    const before = readTree(user.join(".openclaw", "workspace"));
    for (const answer of ["y", ""]) {
      await using terminal = open(["restore", "latest"]);
      await terminal.waitFor("Changes:  1 file");
      await terminal.waitFor("Type yes to go on:");
      terminal.type(answer + KEYS.enter);
      await terminal.waitFor("not confirmed; nothing was changed");
      expect(await terminal.ended()).toBe(NOT_CONFIRMED);
    }
    expect(readTree(user.join(".openclaw", "workspace"))).toEqual(before);
    await using terminal = open(["restore", "latest"]);
    await terminal.waitFor("Type yes to go on:");
    terminal.type(`yes${KEYS.enter}`);
    await terminal.waitFor("to go back: clawback restore --undo");
    expect(await terminal.ended()).toBe(0);
    expect(readFileSync(memory(), "utf8")).toMatch(/^# Memory/);
  });

  test("Ctrl-C at a question is an answer: nothing was changed", async () => {
    const before = readTree(user.join(".openclaw", "workspace"));
    await using terminal = open(["restore", "latest"]);
    await terminal.waitFor("Type yes to go on:");
    terminal.type(KEYS.interrupt);
    await terminal.waitFor("interrupted; nothing was changed");
    expect(await terminal.ended()).toBe(NOT_CONFIRMED);
    expect(readTree(user.join(".openclaw", "workspace"))).toEqual(before);
  });

  test("restore without a backup lists them, and the arrows choose one", async () => {
    await using terminal = open(["restore", "--target", "./chosen"]);
    await terminal.waitFor("Which backup?");
    await terminal.waitFor(/older \(partial\)/);
    terminal.type(KEYS.down);
    await terminal.waitFor(/❯ .*older/);
    terminal.type(KEYS.enter);
    expect(await terminal.ended()).toBe(0);
    expect(existsSync(user.join("chosen", ".openclaw", "workspace", "MEMORY.md"))).toBe(true);
    expect(existsSync(user.join("chosen", ".openclaw", "media"))).toBe(false);
  });

  test("work under way is one line, redrawn in place and gone at the end", async () => {
    await using terminal = open(["create", "--output", "progress.tar.gz"]);
    await terminal.waitFor("writing the archive");
    expect(await terminal.ended()).toBe(0);
    const [progress = "", result = ""] = terminal.raw().split("\r\u001b[K").slice(-2);
    expect(progress).toMatch(/^[a-z ]+(: .* files?.*)?$/);
    expect(result).toMatch(/\d+ files, 1 database, 0 omissions/);
    expect(result).not.toContain("writing the archive");
  });

  test("Ctrl-C stops create in order: nothing half-made stays, and it says so", async () => {
    const archives = user.join(".clawback", "storage", "box", "archives");
    const before = readdirSync(archives);
    await using terminal = open(["create", "--compression-level", "9"]);
    await terminal.waitFor(/writing the archive: .*MB/);
    terminal.type(KEYS.interrupt);
    await terminal.waitFor("stopping; a second signal stops at once");
    await terminal.waitFor("clawback: interrupted");
    expect(await terminal.ended()).toBe(130);
    expect(readdirSync(archives)).toEqual(before);
    expect(readdirSync(user.join(".clawback", "tmp"))).toEqual([]);
  });

  test("what matters is coloured, unless NO_COLOR is set", async () => {
    for (const [env, expected] of [
      [{}, true],
      [{ NO_COLOR: "1" }, false],
    ] as const) {
      await using terminal = open(["create", "--dry-run"], { env });
      expect(await terminal.ended()).toBe(0);
      expect(terminal.raw().includes(BOLD)).toBe(expected);
    }
  });

  test("on a narrow terminal the plan breaks between words, and progress keeps to its line", async () => {
    await using terminal = open(["restore", "latest"], { columns: 60 });
    await terminal.waitFor(/Type\s+yes to go on:/);
    const lines = terminal.text().split(/\r?\n/);
    // A path has no place to break.
    expect(lines.filter((line) => line.length > 60 && !/\S{40,}/.test(line))).toEqual([]);
    await using create = open(["create", "--output", "narrow.tar.gz"], { columns: 40 });
    expect(await create.ended()).toBe(0);
    const drawn = create.raw().split("\r\u001b[K").slice(1, -1);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(40);
  });

  test("a new password is asked for twice and never shown, and the archive asks for it again", async () => {
    const secret = "correct horse battery";
    {
      await using terminal = open(["create", "--encrypt", "locked"]);
      await terminal.waitFor("New password for this archive:");
      terminal.type(secret + KEYS.enter);
      await terminal.waitFor("The same password again:");
      terminal.type(`correct house${KEYS.enter}`);
      await terminal.waitFor("the two passwords differ; nothing was made");
      expect(await terminal.ended()).toBe(2);
    }
    {
      await using terminal = open(["create", "--encrypt", "locked", "--only-config"]);
      await terminal.waitFor("New password for this archive:");
      terminal.type(secret + KEYS.enter);
      await terminal.waitFor("The same password again:");
      terminal.type(secret + KEYS.enter);
      await terminal.waitFor("encrypted");
      expect(await terminal.ended()).toBe(0);
      expect(terminal.raw()).not.toContain(secret);
    }
    for (const [answer, code, text] of [
      [secret, 0, "sound: "],
      ["wrong", 12, "no passphrase"],
    ] as const) {
      await using terminal = open(["verify", "locked"]);
      await terminal.waitFor("Password of the archive:");
      terminal.type(answer + KEYS.enter);
      await terminal.waitFor(text);
      expect(await terminal.ended()).toBe(code);
    }
  });

  test("delete asks, and names what it removes", async () => {
    await program().json(["create", "to-delete", "--only-config"]);
    await using terminal = open(["delete", "to-delete"]);
    await terminal.waitFor(/Remove backup \d{8}T\d{6}Z-\w+ of .*, in storage local\?/);
    terminal.type(`yes${KEYS.enter}`);
    await terminal.waitFor("removed backup");
    expect(await terminal.ended()).toBe(0);
  });

  test("storage add asks for a directory", async () => {
    await using terminal = open(["storage", "add"]);
    await terminal.waitFor("What kind of storage?");
    terminal.type(KEYS.down + KEYS.enter);
    await terminal.waitFor("A short name for it: (disk)");
    terminal.type(KEYS.enter);
    await terminal.waitFor("Which directory?");
    terminal.type(KEYS.enter);
    await terminal.waitFor("type something");
    terminal.type(user.join("disk") + KEYS.enter);
    await terminal.waitFor("try it with: clawback test --storage disk");
    expect(await terminal.ended()).toBe(0);
    const { storages } = await program().json<{ storages: object[] }>(["storage", "list"]);
    expect(storages).toContainEqual(
      expect.objectContaining({ id: "disk", type: "directory", path: user.join("disk") }),
    );
  });

  test("storage add asks for a bucket at a known service, with a key that is never shown", async () => {
    await using terminal = open(["storage", "add", "cloud", "--type", "s3"]);
    await terminal.waitFor("Which service?");
    terminal.type(KEYS.enter);
    await terminal.waitFor("Which bucket?");
    terminal.type(`my-backups${KEYS.enter}`);
    await terminal.waitFor("Region of the bucket");
    terminal.type(`eu-central-1${KEYS.enter}`);
    await terminal.waitFor("KMS key");
    terminal.type(KEYS.enter);
    await terminal.waitFor("Access key id");
    terminal.type(`AKIAEXAMPLE${KEYS.enter}`);
    await terminal.waitFor("Secret access key:");
    terminal.type(`very-secret-key${KEYS.enter}`);
    await terminal.waitFor("storage cloud is configured");
    expect(await terminal.ended()).toBe(0);
    expect(terminal.raw()).not.toContain("very-secret-key");
    expect(readFileSync(user.join(".clawback", "secrets.json"), "utf8")).not.toContain("very-sec");
    const { storages } = await program().json<{ storages: object[] }>(["storage", "list"]);
    expect(storages).toContainEqual(
      expect.objectContaining({
        id: "cloud",
        preset: "aws",
        bucket: "my-backups",
        region: "eu-central-1",
        sse: "s3",
        hasStoredKey: true,
      }),
    );
  });
});
