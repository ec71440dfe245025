import { chmod, writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";
import { type PasswordSources, resolvePassword } from "../../../lib/settings/index.ts";
import { tempDir } from "../../helpers/temp-dir.ts";

const PATH = process.env.PATH;
const resolve = async (
  variables: Record<string, string>,
  sources: Omit<PasswordSources, "environment"> = {},
) => await resolvePassword({ environment: { PATH, ...variables }, ...sources });
const reveal = async (...args: Parameters<typeof resolve>) =>
  (await resolve(...args)).password?.reveal();

async function passwordFile(body: string | Uint8Array, mode = 0o600) {
  const dir = await tempDir();
  const path = dir.join("password");
  await writeFile(path, body);
  await chmod(path, mode);
  return { path, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

test("without a source there is no password", async () => {
  expect(await resolve({})).toEqual({ password: undefined, warnings: [] });
});

test.each([
  ["hunter2", "hunter2"],
  ["hunter2\n", "hunter2"],
  ["hunter2\r\n", "hunter2"],
  [" spaces kept ", " spaces kept "],
  ["pässwörd 🔑", "pässwörd 🔑"],
])("CLAWBACK_PASSWORD %j is %j", async (value, expected) => {
  expect(await reveal({ CLAWBACK_PASSWORD: value })).toBe(expected);
});

test.each<[string, string | Uint8Array, string]>([
  ["one line", "hunter2\n", "hunter2"],
  ["no line end", "hunter2", "hunter2"],
  ["a DOS line end", "hunter2\r\n", "hunter2"],
  ["more lines", "hunter2\nignored\n", "hunter2"],
  ["blanks", "  hunter2 \n", "  hunter2 "],
])("of a password file with %s the first line counts", async (_, body, expected) => {
  await using file = await passwordFile(body);
  expect(await reveal({ CLAWBACK_PASSWORD_FILE: file.path })).toBe(expected);
  expect(await reveal({}, { passwordFile: file.path })).toBe(expected);
});

test.each<[string, string, string]>([
  ["prints it", "printf 'hunter2\\n'", "hunter2"],
  ["prints more lines", "printf 'hunter2\\nmore\\n'", "hunter2"],
  ["has quoted arguments", `printf %s "two words"`, "two words"],
  ["writes on standard error too", `sh -c 'echo noise >&2; echo hunter2'`, "hunter2"],
  ["reads its input to the end", `sh -c 'cat; echo hunter2'`, "hunter2"],
])("a password command that %s gives it", async (_, command, expected) => {
  expect(await reveal({ CLAWBACK_PASSWORD_COMMAND: command })).toBe(expected);
});

test("a password command is no shell's", async () => {
  expect(await reveal({ CLAWBACK_PASSWORD_COMMAND: "echo $HOME;id|cat" })).toBe("$HOME;id|cat");
});

test("a password command sees the environment", async () => {
  const variables = { CLAWBACK_PASSWORD_COMMAND: `sh -c 'echo "$VAULT"'`, VAULT: "from vault" };
  expect(await reveal(variables)).toBe("from vault");
});

test("a flag stands above the environment", async () => {
  await using file = await passwordFile("of file");
  const variables = { CLAWBACK_PASSWORD: "of environment" };
  expect(await reveal(variables, { passwordFile: file.path })).toBe("of file");
  expect(await reveal(variables, { password: "of flag" })).toBe("of flag");
});

test.each<[string, Record<string, string>, Omit<PasswordSources, "environment">]>([
  ["both flags", {}, { password: "x", passwordFile: "/x" }],
  ["two variables", { CLAWBACK_PASSWORD: "x", CLAWBACK_PASSWORD_FILE: "/x" }, {}],
])("%s at the same time are refused", async (_, variables, sources) => {
  await expect(resolve(variables, sources)).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.stringContaining("are set at the same time"),
  });
});

test("a password on the command line is taken, with a warning", async () => {
  const { warnings } = await resolve({}, { password: "hunter2" });
  expect(warnings).toEqual([expect.stringContaining("can be seen by other users")]);
});

test("a password file that others can read is taken, with a warning", async () => {
  await using file = await passwordFile("hunter2", 0o644);
  const { password, warnings } = await resolve({}, { passwordFile: file.path });
  expect(password?.reveal()).toBe("hunter2");
  expect(warnings).toEqual([expect.stringContaining("chmod 600")]);
});

test.each<[string, Record<string, string>, Omit<PasswordSources, "environment">]>([
  ["CLAWBACK_PASSWORD", { CLAWBACK_PASSWORD: "" }, {}],
  ["CLAWBACK_PASSWORD of a line end", { CLAWBACK_PASSWORD: "\n" }, {}],
  ["--password", {}, { password: "" }],
  ["the path of a file", { CLAWBACK_PASSWORD_FILE: "" }, {}],
  ["what a command prints", { CLAWBACK_PASSWORD_COMMAND: "true" }, {}],
  ["the first line a command prints", { CLAWBACK_PASSWORD_COMMAND: "printf '\\nx'" }, {}],
  ["a command", { CLAWBACK_PASSWORD_COMMAND: "" }, {}],
])("an empty %s is refused, never taken for no password", async (_, variables, sources) => {
  await expect(resolve(variables, sources)).rejects.toMatchObject({ code: "invalid-argument" });
});

test.each<[string, string, string]>([
  ["is not there", "no-such-program-x", "was not found"],
  ["fails", "sh -c 'echo hunter2; exit 3'", "ended with 3"],
  ["is killed", "sh -c 'kill -9 $$'", "was ended by SIGKILL"],
  ["prints without end", "cat /dev/zero", "printed more than 65536 bytes"],
])(
  "a password command that %s says so, and nothing of what it printed",
  async (_, command, why) => {
    const failure = await resolve({ CLAWBACK_PASSWORD_COMMAND: command }).catch((error) => error);
    expect(failure).toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(why),
    });
    expect(inspect(failure, { depth: 9 })).not.toContain("hunter2");
  },
);

test("a password command that may not be run says so", async () => {
  await using file = await passwordFile("hunter2");
  await expect(resolve({ CLAWBACK_PASSWORD_COMMAND: file.path })).rejects.toMatchObject({
    message: `password command "${file.path}" may not be run`,
  });
});

test("an empty password file is refused", async () => {
  await using file = await passwordFile("\n");
  await expect(resolve({}, { passwordFile: file.path })).rejects.toMatchObject({
    message: "the password from --password-file is empty",
  });
});

test("what a password command prints has to be UTF-8", async () => {
  const command = `printf 'caf\\351\\n'`;
  await expect(resolve({ CLAWBACK_PASSWORD_COMMAND: command })).rejects.toMatchObject({
    code: "invalid-argument",
    message: "the password from CLAWBACK_PASSWORD_COMMAND is not UTF-8 text",
  });
});

test("a password command that hangs is ended, with what it started", async () => {
  const start = systemClock.monotonicMs();
  const command = `sh -c 'trap "" TERM; sleep 30; echo x'`;
  await expect(
    resolve({ CLAWBACK_PASSWORD_COMMAND: command }, { commandTimeoutMs: 200 }),
  ).rejects.toMatchObject({ message: 'password command "sh" did not end within 0.2 s' });
  expect(systemClock.monotonicMs() - start).toBeLessThan(5_000);
});

test("an interrupt ends a password command", async () => {
  const abort = new AbortController();
  const command = { CLAWBACK_PASSWORD_COMMAND: "sleep 30" };
  const resolving = resolve(command, { signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await expect(resolving).rejects.toMatchObject({ name: "AbortError" });
  await expect(resolve(command, { signal: abort.signal })).rejects.toMatchObject({
    code: "cancelled",
  });
});

test.each<[string, string]>([
  ["is not there", "/no/such/file"],
  ["is a directory", "/tmp"],
  ["is without end", "/dev/zero"],
])("a password file that %s is refused", async (_, path) => {
  await expect(resolve({}, { passwordFile: path })).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.stringContaining(path),
    hint: expect.stringContaining("readable file"),
  });
});

test("a password file as long as no password is refused", async () => {
  await using file = await passwordFile("x".repeat(64 * 1024 + 1));
  await expect(resolve({}, { passwordFile: file.path })).rejects.toMatchObject({
    code: "invalid-argument",
  });
});

test("a resolved password shows nowhere", async () => {
  const resolved = await resolve({ CLAWBACK_PASSWORD: "hunter2" });
  expect(JSON.stringify(resolved) + inspect(resolved)).not.toContain("hunter2");
});
