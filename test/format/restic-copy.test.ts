import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../lib/base/index.ts";
import {
  copySnapshots,
  initRepository,
  openRepository,
  type Repository,
} from "../../lib/repository/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { describeWith } from "../helpers/parts.ts";
import { FAST_COST, testHolder } from "../helpers/repository.ts";
import { type ResticRepository, resticRepository } from "../helpers/restic.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";

interface Snapshot {
  readonly id: string;
  readonly original?: string;
  readonly tree: string;
}

describeWith("restic", "copies of snapshots", () => {
  let temp: TempDir;
  let source: ResticRepository;
  beforeAll(async () => {
    temp = await tempDir();
    mkdirSync(temp.join("files", "deep"), { recursive: true });
    writeFileSync(temp.join("files", "large"), randomBytes(9_000_000));
    writeFileSync(temp.join("files", "deep", "naïve \u{1f600}"), "text\n");
    source = resticRepository(temp.join("source"), temp.join("cache"));
    source.run(["init", "--repository-version", "1"]);
    source.run(["backup", "."], { cwd: temp.join("files") });
    writeFileSync(temp.join("files", "deep", "later"), randomBytes(100_000));
    source.run(["backup", "."], { cwd: temp.join("files") });
  });
  afterAll(() => temp[Symbol.asyncDispose]());

  const open = async ({ path, password }: ResticRepository): Promise<Repository> =>
    await openRepository({
      storage: await openDirectoryStorage({ path }),
      password: new Secret(password),
      holder: testHolder(),
    });
  /** A repository that cuts files as the source does. */
  const like = async (name: string, from: Repository): Promise<ResticRepository> => {
    const restic = resticRepository(temp.join(name), temp.join("cache"));
    await initRepository({
      storage: await openDirectoryStorage({ path: restic.path, create: true }),
      password: new Secret(restic.password),
      holder: testHolder(),
      cost: FAST_COST,
      chunkerPolynomial: from.config.chunkerPolynomial,
    });
    return restic;
  };
  const snapshotsOf = (restic: ResticRepository): Snapshot[] =>
    restic.json<Snapshot[]>(["snapshots", "--json"]);
  const packsOf = ({ path }: ResticRepository): string[] =>
    readdirSync(join(path, "data"), { recursive: true, encoding: "utf8" }).sort();

  test("restic accepts copies of its snapshots, restores them alike, and finds nothing left to copy", async () => {
    const from = await open(source);
    const target = await like("copied", from);
    const ids = snapshotsOf(source).map(({ id }) => id);
    await copySnapshots(from, await open(target), { snapshots: ids });
    target.run(["check", "--read-data"]);
    const copies = snapshotsOf(target);
    expect(copies.map(({ original, tree }) => ({ original, tree }))).toEqual(
      snapshotsOf(source).map(({ id, tree }) => ({ original: id, tree })),
    );
    target.run(["restore", "latest", "--target", temp.join("restored")]);
    expect(readTree(temp.join("restored"))).toEqual(readTree(temp.join("files")));
    const packs = packsOf(target);
    const fromFile = temp.join("password");
    writeFileSync(fromFile, source.password);
    target.run(["copy", "--from-repo", source.path, "--from-password-file", fromFile]);
    expect(snapshotsOf(target)).toEqual(copies);
    expect(packsOf(target)).toEqual(packs);
  });

  test("what restic has copied is not copied again, and files are cut alike afterwards", async () => {
    const from = await open(source);
    const target = await like("by-restic", from);
    const fromFile = temp.join("password");
    writeFileSync(fromFile, source.password);
    target.run(["copy", "--from-repo", source.path, "--from-password-file", fromFile]);
    const ids = snapshotsOf(source).map(({ id }) => id);
    const { snapshots } = await copySnapshots(from, await open(target), { snapshots: ids });
    expect(snapshots.map(({ copied, blobs }) => ({ copied, blobs }))).toEqual([
      { copied: false, blobs: 0 },
      { copied: false, blobs: 0 },
    ]);
    const packs = packsOf(target).length;
    target.run(["backup", "--force", "."], { cwd: temp.join("files") });
    // Its trees at most: the large file is there, in the same pieces.
    expect(packsOf(target).length - packs).toBeLessThanOrEqual(2);
    target.run(["check", "--read-data"]);
  });
});
