import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../lib/base/index.ts";
import { openRepository, type Repository } from "../../lib/repository/index.ts";
import { applyRestore, planRestore, type SnapshotSource } from "../../lib/restore/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { verifySnapshot } from "../../lib/verify/index.ts";
import { describeWith } from "../helpers/parts.ts";
import { testHolder } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { snapshotSource, storeTree } from "../helpers/snapshots.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";

const MIB = 1024 * 1024;
/** Names that quoting changes, bytes that are no UTF-8 among them. */
const ODD_NAMES = ["a\nb", 'quote"d', "back\\slash", "tab\t", "emoji-👩‍🚀", "nbsp\u00a0", "<&>"];

/** A directory with one of each kind of thing, to the last odd name. */
function makeTree(root: string): void {
  mkdirSync(`${root}/deep/er/still`, { recursive: true });
  for (const name of ODD_NAMES) writeFileSync(`${root}/deep/${name}`, name);
  const raw = Buffer.concat([Buffer.from(`${root}/deep/`), Buffer.from([0x72, 0xff, 0xfe, 0x77])]);
  writeFileSync(raw, "not UTF-8");
  writeFileSync(`${root}/large`, Buffer.concat([randomBytes(4 * MIB), Buffer.alloc(3 * MIB)]));
  writeFileSync(`${root}/text`, "a line of text that is repeated, ".repeat(100_000));
  writeFileSync(`${root}/empty`, "");
  for (let i = 0; i < 300; i++) writeFileSync(`${root}/deep/er/${i}`, `small ${i}`);
  linkSync(`${root}/large`, `${root}/deep/er/same-as-large`);
  linkSync(`${root}/text`, `${root}/deep/er/still/same-as-text`);
  symlinkSync("../large", `${root}/deep/link`);
  symlinkSync("/nowhere/at all", `${root}/deep/dangling`);
  for (const [mode, name] of [
    [0o600, "empty"],
    [0o755, "text"],
    [0o640, "deep/er/7"],
  ] as const) {
    chmodSync(`${root}/${name}`, mode);
  }
  chmodSync(`${root}/deep/er/still`, 0o711);
  utimesSync(`${root}/deep/er/1`, 1_000_000_000.123456, 1_000_000_000.123456);
  execFileSync("touch", ["-d", "2001-02-03T04:05:06.123456789Z", `${root}/deep/er/2`]);
  execFileSync("touch", ["-d", "1969-02-03T04:05:06Z", `${root}/deep/er/3`]);
  execFileSync("touch", ["-d", "2001-02-03T04:05:06.123456789Z", `${root}/deep/er/still`]);
}

/** Everything, to the microsecond, but the time of links and of what a restore makes anew. */
function facts(root: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(readTree(root)).map(([path, { mtimeUs, ...entry }]) => [
      path,
      entry.type === "symlink" ? entry : { ...entry, mtimeUs },
    ]),
  );
}

describeWith("restic", "restoring", () => {
  let temp: TempDir;
  let source: string;
  beforeAll(async () => {
    temp = await tempDir();
    source = temp.join("source");
    makeTree(source);
  });
  afterAll(() => temp[Symbol.asyncDispose]());

  const open = async (restic: ResticRepository): Promise<Repository> =>
    await openRepository({
      storage: await openDirectoryStorage({ path: restic.path }),
      password: new Secret(restic.password),
      holder: testHolder(),
    });

  const restore = async (snapshot: SnapshotSource, name: string, only?: readonly string[]) => {
    mkdirSync(temp.join(`home-${name}`));
    const target = temp.join(`restored-${name}`);
    const options = { source: snapshot, target, home: temp.join(`home-${name}`), only };
    const rest = { stateDir: temp.join("none"), installation: undefined, environment: {} };
    const keys = { passphrases: [], privateKeys: [], now: new Date("2026-11-21T03:00:00Z") };
    await applyRestore(await planRestore({ ...options, ...rest, ...keys }));
    return `${target}${source}`;
  };

  test.each([
    ["1", ["--repository-version", "1"], []],
    ["2", ["--repository-version", "2"], []],
    ["2, uncompressed", ["--repository-version", "2"], ["--compression", "off"]],
  ])(
    "a snapshot that restic made in a repository of version %s comes back byte by byte",
    async (name, init, backup) => {
      const id = name.replaceAll(/\W/g, "");
      const restic = resticRepository(temp.join(`restic-${id}`), temp.join("cache"));
      restic.run(["init", ...init]);
      restic.run([...backup, "backup", source]);
      const [{ tree }] = restic.json<[{ tree: string }]>(["snapshots", "--json"]);
      const snapshot = await snapshotSource(await open(restic), tree, undefined);
      const report = await verifySnapshot({ source: snapshot, temporaryDirectory: temp.path });
      expect(report).toMatchObject({ ok: true, checked: { files: 313 } });
      const restored = await restore(snapshot, id);
      expect(facts(restored)).toEqual(facts(source));
    },
  );

  test("a snapshot whose blobs a prune has moved comes back, and one that was forgotten is refused", async () => {
    const restic = resticRepository(temp.join("restic-pruned"), temp.join("cache"));
    const changing = temp.join("changing");
    restic.run(["init"]);
    mkdirSync(changing);
    const bytes = randomBytes(6 * MIB);
    writeFileSync(`${changing}/large`, bytes);
    writeFileSync(`${changing}/changed`, randomBytes(MIB));
    restic.run(["backup", changing]);
    const [forgotten] = restic.json<[{ tree: string }]>(["snapshots", "--json"]);
    writeFileSync(`${changing}/changed`, randomBytes(MIB));
    randomBytes(100).copy(bytes, 3 * MIB);
    writeFileSync(`${changing}/large`, bytes);
    restic.run(["backup", changing]);
    restic.run(["forget", "--keep-last", "1", "--prune", "--max-unused", "0"]);
    const [kept] = restic.json<[{ tree: string }]>(["snapshots", "--json"]);
    const repository = await open(restic);
    await restore(await snapshotSource(repository, kept.tree, undefined), "pruned");
    expect(facts(`${temp.join("restored-pruned")}${changing}`)).toEqual(facts(changing));
    const gone = await snapshotSource(repository, forgotten.tree, undefined);
    await expect(restore(gone, "forgotten")).rejects.toMatchObject({ code: "data-missing" });
    expect(readdirSync(temp.path)).not.toContain("restored-forgotten");
  });

  test("what we store in restic's repository comes back the same by restic and by us, in whole and in part", async () => {
    const restic = resticRepository(temp.join("restic-ours"), temp.join("cache"));
    restic.run(["init"]);
    const repository = await open(restic);
    symlinkSync(Buffer.from([0x74, 0xff]), `${source}/deep/raw-link`);
    const { snapshot } = await storeTree(repository, [source]);
    restic.run(["check", "--read-data"]);
    restic.run(["restore", snapshot.id, "--target", temp.join("by-restic")]);
    const ours = await snapshotSource(repository, snapshot.tree, undefined);
    const restored = await restore(ours, "ours");
    expect(facts(restored)).toEqual(facts(source));
    // Restic before 0.16 does not know link targets that are not UTF-8.
    const { "deep/raw-link": _ours, ...fromUs } = facts(restored);
    const { "deep/raw-link": _restic, ...fromRestic } = facts(`${temp.join("by-restic")}${source}`);
    expect(fromRestic).toEqual(fromUs);
    const part = await restore(ours, "part", [`${source}/deep/er/still`]);
    expect(Object.keys(facts(part))).toEqual([
      "deep",
      "deep/er",
      "deep/er/still",
      "deep/er/still/same-as-text",
    ]);
  });
});
