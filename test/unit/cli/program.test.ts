import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMANDS } from "../../../lib/cli/index.ts";
import { clawback } from "../../helpers/clawback.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

async function runLine(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await using home = await tempDir();
  return await clawback({ userHome: home.path, as: "function" }).run(...args);
}

test("without arguments the help is shown, with every visible command in it", async () => {
  const { code, stdout } = await runLine();
  expect(code).toBe(0);
  for (const { usage, summary } of COMMANDS) {
    expect(stdout).toContain(usage.split(" ")[0]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(summary);
  }
});

test.each(COMMANDS.map((command) => [command.usage.split(" ")[0] ?? "", command] as const))(
  "%s --help shows its examples and every flag",
  async (name, command) => {
    const { code, stdout } = await runLine(name, "--help");
    expect(code).toBe(0);
    for (const [line] of command.examples ?? []) expect(stdout).toContain(`clawback ${line}`);
    for (const flag of command.flags ?? []) {
      if (!flag.hidden) expect(stdout).toContain(flag.flags.split(" ").at(-2) ?? flag.flags);
    }
  },
);

test("help tells what each argument is, and does not show the names of older tools", async () => {
  const { stdout } = await runLine("restore", "--help");
  expect(stdout).toMatch(/Arguments:\n {2}backup +an id, the start of one, a name, latest/);
  const help = (await runLine("--help")).stdout + (await runLine("storage", "--help")).stdout;
  expect(help).not.toMatch(/backend/);
});

test.each([
  [["hold"], "clawback hold --help"],
  [["storage", "nonsense"], "clawback storage --help"],
  [["storage", "add", "--nonsense"], "clawback storage add --help"],
  [["nonsense"], "clawback --help"],
])("wrong use of %j leads to the help of what was meant", async (args, help) => {
  expect((await runLine(...args)).stderr).toContain(`see: ${help}\n`);
});

test("a group without a command lists what it is about, under its older name too", async () => {
  for (const name of ["storage", "backends"]) {
    expect(await runLine(name)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no storage is configured"),
    });
  }
  const { code, stderr } = await runLine("storage", "ad");
  expect(code).toBe(2);
  expect(stderr).toContain("unknown command 'ad'");
});

test("every command but a group of commands has an example", () => {
  const without = COMMANDS.flatMap((command) => command.subcommands ?? [command])
    .filter((command) => (command.flags?.length ?? 0) > 0 && command.examples === undefined)
    .map((command) => command.usage);
  expect(without).toEqual(["remove <id>", "cleanup"]);
});

test("--version prints the version of the package", async () => {
  const { code, stdout } = await runLine("--version");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ["an unknown command", ["creat"], /unknown command 'creat'.*create/i],
  ["an unknown flag", ["list", "--jsn"], /unknown option '--jsn'/],
  ["an argument too many", ["status", "extra"], /too many arguments/],
  ["a missing argument", ["delete"], /missing required argument/],
  ["a flag without its value", ["create", "--output"], /argument missing/],
  ["a value that is not one of the choices", ["create", "--on-locked", "panic"], /skip.*fail/],
  ["a number out of range", ["create", "--compression-level", "10"], /from 0 to 9/],
  ["a size that is none", ["create", "--max-file-size", "huge"], /size "huge"/],
])(
  "%s is wrong use: exit code 2, one clear line, nothing on standard output",
  async (_title, args, message) => {
    const { code, stdout, stderr } = await runLine(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^clawback: /);
    expect(stderr).toMatch(message);
  },
);

test("flags behind a command of a group belong to that command", async () => {
  await using home = await tempDir();
  const program = clawback({ userHome: home.path, as: "function" });
  const add = ["storage", "add", "disk", "--path", home.join("disk"), "--home", home.join("other")];
  expect((await program.run(...add)).code).toBe(0);
  expect(readdirSync(home.path)).toContain("other");
  expect(readdirSync(home.path)).not.toContain(".clawback");
});

test("with --json a failure is one JSON line on standard error", async () => {
  const { code, stdout, stderr } = await runLine("create", "--json", "--home", "/dev/null");
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(JSON.parse(stderr)).toMatchObject({ message_type: "exit_error", code: "home-unusable" });
});

test("wrong use with --json is JSON too", async () => {
  const { code, stderr } = await runLine("list", "--nonsense", "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({
    message_type: "exit_error",
    code: "invalid-argument",
  });
});

test("--verbose adds where a failure came from", async () => {
  const { stderr } = await runLine("show", "latest", "--verbose");
  expect(stderr.split("\n").length).toBeGreaterThan(3);
});
