import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CLAWBACK_PROGRAM } from "../helpers/clawback.ts";
import {
  failureOf,
  type GuardedUser,
  guardedUser,
  type ToldFailure,
} from "../helpers/guarded-user.ts";
import { canMount, readOnlyView } from "../helpers/mounts.ts";
import { NODE } from "../parts/environment.ts";
import { run } from "../parts/run.ts";

const COMMANDS = ["create", "list", "verify latest", "restore latest --yes", "status", "init"];

/** What each of the commands says; all of them the same. */
async function failureOfEach(t: GuardedUser, commands: readonly string[]): Promise<ToldFailure> {
  const failures = await Promise.all(
    commands.map(async (command) => failureOf(await t.program.run(...command.split(" ")))),
  );
  const [first] = failures;
  if (first === undefined) throw new Error("no commands");
  for (const failure of failures) expect(failure).toEqual(first);
  return first;
}

describe("a settings file that cannot be used", () => {
  test.each([
    {
      what: "is cut off",
      change: (text: string) => text.slice(0, 40),
      code: 2,
      message: / is not valid JSON: line 3, column \d+: the end of the file is not expected here$/,
      hint: "correct it there; it has to be JSON without comments or trailing commas",
    },
    {
      what: "has a misspelt field",
      change: (text: string) => text.replace("defaultStorage", "defaultStrage"),
      code: 2,
      message: / is not usable: field "defaultStrage" is not known$/,
      hint: 'did you mean "defaultStorage"?',
    },
    {
      what: "is of a newer version",
      change: (text: string) => text.replace('"version": 1', '"version": 9'),
      code: 1,
      message: / has version 9, and this Clawback reads version 1$/,
      hint: "update Clawback, or point CLAWBACK_HOME at another home",
    },
  ])("one that $what is named by every command, and left as it is", async ({ change, ...told }) => {
    await using t = await guardedUser();
    const path = `${t.home}/settings.json`;
    const good = readFileSync(path, "utf8");
    const bad = change(good);
    writeFileSync(path, bad);
    const failure = await failureOfEach(t, COMMANDS);
    expect(failure).toMatchObject({ code: told.code, stdout: "", hint: told.hint });
    expect(failure.message).toMatch(told.message);
    expect(failure.message).toContain(`settings file "${path}"`);
    expect(readFileSync(path, "utf8")).toBe(bad);
    writeFileSync(path, good);
    await t.expectNothingLost();
  });
});

test("a broken exclude.json ends create, because what shall stay out would go in, and nothing else", async () => {
  await using t = await guardedUser();
  writeFileSync(`${t.home}/exclude.json`, '{ "excluded_folders": ["node_modules",] }', {
    mode: 0o600,
  });
  const problem = `exclusion file "${t.home}/exclude.json" is not valid JSON: line 1, column 39: "]" is not expected here`;
  const hint = "correct it there; it has to be JSON without comments or trailing commas";
  expect(await failureOfEach(t, ["create", "create --dry-run", "create -o x.tar.gz"])).toEqual({
    code: 2,
    stdout: "",
    message: problem,
    hint,
  });
  await t.expectNothingLost();
  expect((await t.program.run("restore", "latest", "--target", "look")).code).toBe(0);
  expect((await t.program.run("status")).stdout).toContain(
    `Mind: create will fail: ${problem}; ${hint}`,
  );
});

test("an installation that does not exist is named with where it was looked for, and hinders no listing", async () => {
  await using t = await guardedUser();
  const nowhere = t.user.join("nowhere");
  for (const command of ["create", "create --dry-run"]) {
    const finished = await t.program.run(...command.split(" "), "--state-dir", nowhere);
    expect(failureOf(finished)).toEqual({
      code: 1,
      stdout: "",
      message: `no OpenClaw installation was found: "${nowhere}" (from --state-dir) does not exist`,
      hint: "say where it is with --state-dir DIR or --profile NAME, or set OPENCLAW_STATE_DIR",
    });
  }
  for (const command of ["list", "status", "cleanup --yes"]) {
    const finished = await t.program.run(...command.split(" "), "--state-dir", nowhere);
    expect(finished.code).toBe(0);
  }
  await t.expectNothingLost();
});

test("create without any storage says how to begin, and makes no home", async () => {
  await using t = await guardedUser();
  const elsewhere = t.withEnvironment({ CLAWBACK_HOME: t.user.join("new") });
  expect(failureOf(await elsewhere.run("create"))).toMatchObject({ code: 2, stdout: "" });
  expect(failureOf(await elsewhere.run("create")).hint).toMatch(/clawback init/);
  await t.expectNothingLost();
});

describe("a home that cannot be written", () => {
  test.skipIf(!canMount)(
    "because its filesystem is read-only is named as such (needs root)",
    async () => {
      await using t = await guardedUser();
      await using view = await readOnlyView(t.home);
      const there = t.withEnvironment({ CLAWBACK_HOME: view.path });
      for (const command of [
        "create",
        "verify latest",
        "restore latest --yes",
        "storage default good",
        "init",
      ]) {
        const failure = failureOf(await there.run(...command.split(" ")));
        expect(failure).toEqual({
          code: 1,
          stdout: "",
          message: expect.stringMatching(
            new RegExp(
              `^home "${view.path}" cannot be used: ".*" cannot be written: the filesystem is read-only \\(EROFS\\)$`,
            ),
          ),
          hint: "make it writable for this user, or choose another home with CLAWBACK_HOME",
        });
      }
      expect(await there.json(["list"])).toMatchObject({ backups: [{ id: t.earlier }] });
      expect((await there.run("status")).code).toBe(0);
      await t.expectNothingLost();
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    "because it is another user's is named as such (needs root)",
    async () => {
      await using t = await guardedUser();
      for (const command of ["create", "list", "restore latest --yes"]) {
        const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
        const words = [...nobody, NODE, CLAWBACK_PROGRAM, ...command.split(" "), "--home", t.home];
        const failure = failureOf(
          await run("setpriv", words, {
            env: { HOME: "/nonexistent", PATH: process.env.PATH ?? "" },
          }),
        );
        expect(failure).toEqual({
          code: 1,
          stdout: "",
          message: `home "${t.home}" cannot be used: "${t.home}" cannot be read: permission denied (EACCES)`,
          hint: "run as the user it belongs to, or choose another home with CLAWBACK_HOME",
        });
      }
      await t.expectNothingLost();
    },
  );
});
