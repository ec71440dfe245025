import { rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { clawback } from "../helpers/clawback.ts";
import { describeWith } from "../helpers/parts.ts";
import { KEYS, openPty } from "../helpers/pty.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const PASSWORD = "correct horse";
const QUESTION = "Password of the repository of box in storage local:";

describeWith("python3", "a repository whose password is not configured", () => {
  let user: TempDir;
  let snapshot: string;
  const open = (...args: readonly string[]) => openPty(args, { userHome: user.path });
  const asked = (text: string): number =>
    // Every key that is typed draws the question again.
    text.split(/\r?\n/).filter((line) => line.includes(QUESTION) && !line.includes("*")).length;

  beforeAll(async () => {
    user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 3 });
    const program = clawback({ userHome: user.path, env: { CLAWBACK_PASSWORD: PASSWORD } });
    await program.json(["init", "--instance", "box"]);
    snapshot = (await program.json<{ id: string }>(["snapshot"], [0, 3])).id;
  }, 60_000);
  // Else the lists of the last test are known.
  beforeEach(() => rmSync(user.join(".clawback", "cache"), { recursive: true, force: true }));
  afterAll(() => user[Symbol.asyncDispose]());

  test("is opened with one that is typed once, while a selector is looked up and for all that follows", async () => {
    for (const args of [
      ["show", "latest"],
      ["restore", "latest", "--dry-run"],
      ["list"],
      ["verify", snapshot.slice(0, 8)],
    ]) {
      rmSync(user.join(".clawback", "cache"), { recursive: true, force: true });
      await using terminal = open(...args);
      await terminal.waitFor(QUESTION);
      terminal.type(PASSWORD + KEYS.enter);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.raw()).not.toContain(PASSWORD);
      expect(asked(terminal.text()), args.join(" ")).toBe(1);
    }
  });

  test("stays closed to a wrong one", async () => {
    await using terminal = open("show", "latest");
    await terminal.waitFor(QUESTION);
    terminal.type(`wrong${KEYS.enter}`);
    await terminal.waitFor("password opens none of the 1 key tried");
    expect(await terminal.ended()).toBe(12);
  });

  test("ends with the flag to use where nobody can be asked", async () => {
    const { code, stderr } = await clawback({ userHome: user.path }).run("show", "latest");
    expect(code).toBe(12);
    expect(stderr).toContain("--password-file");
  });

  test("is not asked for when an archive is named by its id, or only archives are listed", async () => {
    const { id } = await clawback({ userHome: user.path }).json<{ id: string }>([
      "create",
      "--only-config",
    ]);
    for (const args of [["show", id], ["list", "--type", "archive"], ["status"]]) {
      await using terminal = open(...args);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.text()).not.toContain("Password");
    }
  });
});
