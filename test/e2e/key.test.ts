import { mkdirSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { clawback } from "../helpers/clawback.ts";
import { partPath, testWith } from "../helpers/parts.ts";
import { KEYS, openPty } from "../helpers/pty.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { runOrThrow } from "../parts/run.ts";

test("the page for printing is one private file, with nothing unescaped, and is never overwritten", async () => {
  await using user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 3 });
  const env = { CLAWBACK_PASSWORD: "correct horse" };
  const program = clawback({ userHome: user.path, env, as: "function" });
  const place = user.join("<b>&disk");
  await program.json(["storage", "add", "disk", "--type", "directory", "--path", place]);
  await program.json(["snapshot"]);
  const file = user.join("kit.html");
  const made = await program.json(["key", "export", "--html", file, "--with-passphrase"]);
  expect(made).toMatchObject({ withPassphrase: true, provesPassword: true, file });
  expect(made).not.toHaveProperty("page");
  const html = readFileSync(file, "utf8");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(html).toContain("&lt;b&gt;&amp;disk");
  expect(html).not.toContain("<b>");
  expect(html).not.toMatch(/\{\{|https?:\/\/|<script|undefined/);
  expect(await program.run("key", "export", "--html", file)).toMatchObject({ code: 1, stdout: "" });
  expect(readFileSync(file, "utf8")).toBe(html);
});

testWith(
  "gpg",
  "public keys are added, listed and removed; archives from then on are encrypted to them",
  async () => {
    await using user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 3 });
    const gpgHome = user.join("gpg");
    mkdirSync(gpgHome, { mode: 0o700 });
    const gpg = (...args: string[]) =>
      runOrThrow(partPath("gpg"), ["--homedir", gpgHome, "--batch", "--yes", ...args]);
    await gpg(
      "--passphrase",
      "",
      "--quick-generate-key",
      "Ann <ann@example.org>",
      "default",
      "default",
      "never",
    );
    await gpg("--armor", "--output", user.join("ann.asc"), "--export", "ann@example.org");
    const program = clawback({ userHome: user.path, as: "function" });
    await program.json(["init"]);
    expect(await program.json(["key", "list"])).toEqual({ passwords: [], recipients: [] });
    const added = await program.json<{ recipients: { fingerprint: string }[] }>([
      ...["key", "add", "--recipient", user.join("ann.asc")],
    ]);
    const fingerprint = added.recipients[0]?.fingerprint ?? "";
    expect(fingerprint).toMatch(/^[0-9A-F]{40}$/);
    expect(await program.json(["create"])).toMatchObject({ degraded: false });
    const { backups } = await program.json<{ backups: object[] }>(["list"]);
    expect(backups[0]).toMatchObject({ encrypted: true });
    const shown = await program.run("key", "export");
    expect(shown.stdout).toContain(fingerprint);
    expect(shown.stdout).toContain(
      'gpg --output archive.tar.gz --decrypt "$newest/archive.tar.gz.gpg"',
    );
    expect((await program.run("key", "list")).stdout).toMatch(
      /public key +\w{16} +Ann <ann@example.org>/,
    );
    expect((await program.run("key", "add", "--recipient", user.join("nothing"))).code).not.toBe(0);
    const removed = await program.json(["key", "remove", fingerprint.slice(-16), "--yes"]);
    expect(removed).toEqual({ removed: user.join("ann.asc") });
    expect(await program.json(["key", "list"])).toEqual({ passwords: [], recipients: [] });
  },
);

testWith(
  "python3",
  "at a terminal the word is asked for until it is right, and the screens fit into 80 columns",
  async () => {
    await using user = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 3 });
    const program = clawback({ userHome: user.path });
    await program.json(["init", "--instance", "box"]);
    await program.json(["snapshot"]);
    const columns = 80;
    await using terminal = openPty(["key", "export", "--with-passphrase"], {
      userHome: user.path,
      columns,
    });
    await terminal.waitFor("(empty: later)");
    const [, word = ""] = /word of this page is: (\w+)/.exec(terminal.text()) ?? [];
    terminal.type(`nonsense${KEYS.enter}`);
    await terminal.waitFor("no recovery kit made here has this word");
    await terminal.waitFor("(empty: later)");
    terminal.type(word + KEYS.enter);
    await terminal.waitFor("counts as kept safely");
    expect(await terminal.ended()).toBe(0);
    await using examined = openPty(["doctor"], { userHome: user.path, columns });
    expect(await examined.ended()).toBe(0);
    const tooWide = examined
      .text()
      .split(/\r?\n/)
      .filter((line) => line.length > columns);
    expect(tooWide).toEqual([]);
  },
);
