import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ArchiveEntry,
  type ArchiveInput,
  type ManifestInput,
  readArchive,
} from "../../lib/archive/index.ts";
import {
  dirInput,
  fileInput,
  hardlinkInput,
  manifestInput,
  type ReadBack,
  ROOT,
  readWhole,
  STATE,
  symlinkInput,
  writeInputs,
} from "../helpers/archive-inputs.ts";
import { chunksOf, collect, readAll } from "../helpers/chunks.ts";
import { type Installation, openInstallation } from "../helpers/installation.ts";
import { runOpenClaw, runOpenClawJson } from "../helpers/openclaw.ts";
import { describeWith } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";

interface Verified {
  readonly ok: boolean;
  readonly entryCount: number;
  readonly symlinkCount: number;
  readonly externalSymbolicLinks?: readonly { readonly entryPath: string }[];
}

describeWith("openclaw", "real openclaw backup verify and restore", () => {
  let temp: TempDir;
  let home: string;
  let count = 0;
  beforeAll(async () => {
    temp = await tempDir();
    home = temp.join("home");
    mkdirSync(home);
  });
  afterAll(() => temp[Symbol.asyncDispose]());

  async function verify(bytes: Uint8Array): Promise<Verified> {
    const file = temp.join(`${++count}.tar.gz`);
    writeFileSync(file, bytes);
    return await runOpenClawJson<Verified>(["backup", "verify", file], { home });
  }

  /** Restores and gives what is there, below the root. */
  async function restore(bytes: Uint8Array) {
    const file = temp.join(`${++count}.tar.gz`);
    const target = temp.join(`restored-${count}`);
    writeFileSync(file, bytes);
    await runOpenClawJson(["backup", "restore", file, "--target", target], { home });
    return readTree(`${target}/${ROOT}`);
  }

  test("take every odd name, type and mode", async () => {
    const { inputs, manifest } = oddInputs();
    const { bytes, summary } = await writeInputs(inputs, { manifest });
    expect(summary.omissions).toEqual([]);
    const tree = await restore(bytes);
    const { entries, findings } = await readWhole(bytes);
    expect(findings).toEqual([]);
    const own = inputs.filter((input) => input.type !== "omission").map(({ path }) => path);
    expect(entries.map(({ entry }) => entry.path).sort()).toEqual([STATE, ...own].sort());
    for (const read of entries) {
      const { entry } = read;
      // What stands in the list only, OpenClaw cannot know.
      if (entry.storedPath === "") continue;
      const restored = tree[entry.storedPath.slice(ROOT.length + 1).replace(/\/$/, "")];
      expect({ path: entry.path, ...restored }).toMatchObject(asRestored(read));
    }
    expect(tree[`payload/posix${STATE}/ws/hard`]?.sameFileAs).toBeDefined();
  }, 300_000);

  test("agree with us on which links leave the state directory", async () => {
    const places = ["", "d/", "d/e/"];
    const targets = [
      "x",
      ".",
      "..",
      "../..",
      "../x",
      "../../.openclaw/x",
      "d/../../x",
      "/",
      "/etc",
      STATE,
      `${STATE}/x`,
      `${STATE}/../x`,
      `${STATE}x`,
      "..x",
      "a\\b",
      "../../../../../../../../x",
      "./",
      "é",
      "x//y",
      "x/../..//z",
    ];
    const links = places.flatMap((place) =>
      targets.map((target, i) => symlinkInput(`${place}l${i}`, target)),
    );
    const outside = targets.map((target, i) => symlinkInput(`/srv/ws/l${i}`, target));
    const assets = [...manifestInput().assets, { kind: "workspace", sourcePath: "/srv/ws" }];
    const inputs = [dirInput("d"), dirInput("d/e"), ...links, dirInput("/srv/ws"), ...outside];
    const { bytes } = await writeInputs(inputs, { manifest: { assets } });
    const verified = await verify(bytes);
    expect(verified.symlinkCount).toBe(links.length + outside.length);
    expect(verified.externalSymbolicLinks?.length).toBeGreaterThan(35);
  });

  test("take long names that are not ASCII, hundreds of them", async () => {
    const name = "語".repeat(80);
    const directories = [1, 2, 3, 4].map((depth) =>
      dirInput(`${`${name}/`.repeat(depth)}d`.slice(0, -2)),
    );
    const files = Array.from({ length: 300 }, (_, i) =>
      fileInput(
        `${`${name}/`.repeat((i % 4) + 1)}${"ü".repeat(i % 100)}${i}.txt`,
        "x".repeat(i * 7),
      ),
    );
    const { bytes } = await writeInputs([...directories, ...files]);
    expect((await verify(bytes)).entryCount).toBe(304 + 4);
  });

  test("take an archive with more outward links than a manifest can list", async () => {
    const links = Array.from({ length: 9000 }, (_, i) => symlinkInput(`l${i}`, `/elsewhere/${i}`));
    const verified = await verify((await writeInputs(links)).bytes);
    expect(verified.externalSymbolicLinks?.length).toBeGreaterThan(4000);
    expect(verified.externalSymbolicLinks?.length).toBeLessThan(9000);
  });

  test.each([0, 9])("take compression level %d, and many members", async (compressionLevel) => {
    const noise = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * i * 31) >> 5));
    const inputs = Array.from({ length: 20 }, (_, i) =>
      fileInput(`f${i}`, noise.subarray(i * 1000, i * 120_000)),
    );
    const { bytes } = await writeInputs([...inputs, fileInput("big", noise)], { compressionLevel });
    expect(await verify(bytes)).toMatchObject({ ok: true });
  });

  test("take an archive of nothing, and one whose roots were left empty", async () => {
    expect(await verify((await writeInputs([])).bytes)).toMatchObject({ ok: true });
    const assets = [
      { kind: "state", sourcePath: "/nowhere/.openclaw" },
      { kind: "config", sourcePath: "/srv/c" },
    ];
    const inputs = [fileInput("/srv/c", "{}"), symlinkInput("/srv/l", "x")];
    expect(await verify((await writeInputs(inputs, { manifest: { assets } })).bytes)).toMatchObject(
      { symlinkCount: 0 },
    );
  });

  test("take a state directory of an odd name", async () => {
    const stateDir = "/srv/C:x/a\\b/\udcff";
    const manifest = {
      paths: { ...manifestInput().paths, stateDir },
      assets: [{ kind: "state", sourcePath: stateDir }],
    };
    const inputs = [
      dirInput(stateDir),
      fileInput(`${stateDir}/a`, "1"),
      symlinkInput(`${stateDir}/l`, stateDir),
      symlinkInput(`${stateDir}/m`, "../x"),
    ];
    const verified = await verify((await writeInputs(inputs, { manifest })).bytes);
    expect(verified.symlinkCount).toBe(2);
  });
});

describeWith(["openclaw", "installation"], "archives of real openclaw backup create", () => {
  let fixture: Installation;
  let native: Buffer;
  beforeAll(async () => {
    fixture = await openInstallation();
    const { home } = fixture;
    const output = `${home}/native.tar.gz`;
    await runOpenClawJson(["backup", "create", "--output", output, "--verify"], { home });
    native = readFileSync(output);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  test("are read as tar lists them", async () => {
    const { entries, contents, findings } = await readWhole(native);
    const listed = execFileSync("tar", ["tzf", "-"], { input: native, encoding: "utf8" })
      .trim()
      .split("\n");
    const manifest = listed.filter((name) => name.endsWith("/manifest.json"));
    expect(entries.map(({ entry }) => entry.storedPath.replace(/\/$/, ""))).toEqual(
      listed.map((name) => name.replace(/\/$/, "")).filter((name) => name !== manifest.at(-1)),
    );
    expect(contents).toMatchObject({
      kind: "openclaw",
      stateDir: fixture.stateDir,
      configPath: fixture.configPath,
    });
    expect(findings).toEqual([]);
    const config = entries.find(({ entry }) => entry.path === fixture.configPath);
    expect(config?.content.toString()).toBe(readFileSync(fixture.configPath, "utf8"));
  });

  test("are taken by OpenClaw again when we write what we read, databases and all", async () => {
    const reader = readArchive(chunksOf(native));
    const inputs = await collect(asInputs(reader));
    const { stateDir = "", assets } = reader.contents();
    const database = `${stateDir}/state/openclaw.sqlite`;
    // What would make OpenClaw refuse the archive if it stood where it was found.
    inputs.push(
      fileInput(`${database}-wal`, "left over"),
      fileInput(`${stateDir}/state/OpenClaw.sqlite`, "twin"),
    );
    inputs.push(fileInput(`${stateDir}/agents/main/agent/openclaw-agent.sqlite-journal`, ""));
    inputs.push(
      dirInput(`${fixture.home}/.OPENCLAW`),
      fileInput(`${fixture.home}/.OPENCLAW/x`, "twin"),
    );
    const agentRoots = [{ agentId: "main", sourcePath: `${stateDir}/agents/main/agent` }];
    const manifest = { assets, paths: { ...manifestInput().paths, stateDir, agentRoots } };
    const { bytes, summary } = await writeInputs(sortedByPath(inputs), { manifest });
    expect(summary.omissions).toEqual([]);
    const file = `${fixture.home}/ours.tar.gz`;
    writeFileSync(file, bytes);
    const options = { home: fixture.home, env: { OPENCLAW_STATE_DIR: `${fixture.home}/none` } };
    const verified = await runOpenClaw(["backup", "verify", file, "--json"], options);
    expect([verified.code, verified.stderr]).toEqual([0, ""]);
    // The databases were looked at: a broken one is noticed.
    const isDatabase = (input: ArchiveInput) => input.type === "file" && input.path === database;
    const broken = inputs.map((input) =>
      isDatabase(input) ? fileInput(database, "broken") : input,
    );
    writeFileSync(file, (await writeInputs(sortedByPath(broken), { manifest })).bytes);
    const refused = await runOpenClaw(["backup", "verify", file, "--json"], options);
    expect([refused.code, refused.stdout]).toEqual([
      1,
      expect.stringContaining("invalid database header"),
    ]);
  });
});

/** What OpenClaw makes of an entry: a hard link is a file, and its own umask applies. */
function asRestored({ entry, content }: ReadBack): object {
  const { path, type, mode } = entry;
  if (type !== "file") return { path, type: type === "hardlink" ? "file" : type };
  return { path, type, mode: (mode || 0o600) & ~process.umask(), body: content.toString() };
}

/** What was read, as it would be captured. */
async function* asInputs(reader: AsyncIterable<ArchiveEntry>): AsyncGenerator<ArchiveInput> {
  for await (const { path, type, mode, mtimeNs = 0n, target = "", body } of reader) {
    const facts = { path, mode, mtimeNs, class: "other" };
    const content = await readAll(body);
    if (type === "file") yield { ...facts, type, sizeBytes: content.length, content };
    else if (type === "dir") yield { ...facts, type };
    else yield { ...facts, type, target };
  }
}

/** As a walk gives them: each directory before what it holds. */
function sortedByPath(inputs: readonly ArchiveInput[]): ArchiveInput[] {
  const pathOf = (input: ArchiveInput): string => (input.type === "omission" ? "" : input.path);
  return [...inputs].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}

function oddInputs(): { inputs: ArchiveInput[]; manifest: Partial<ManifestInput> } {
  const bytes = "\udcfe".repeat(200);
  const deep = [1, 2, 3, 4, 5].map((depth) => `deep${`/${"語".repeat(85)}`.repeat(depth)}`);
  const files = [
    ...[
      "C:x",
      "a\\b",
      "Foo",
      "foo",
      "FOO",
      "caf\u00e9",
      "cafe\u0301",
      "bad\udcff\udc80",
      "new\nline",
      bytes,
    ],
    ...[
      "n".repeat(255),
      "é".repeat(127),
      "tab\there",
      "clawback~x",
      "CLAWBACK~y",
      " spaces ",
      "trailing.",
    ],
    ...[
      "-dash",
      "\u202ertl",
      "=eq=",
      "con",
      "\u{1f600}",
      "%25",
      "*?",
      "#!",
      "~",
      "'\"",
      "\u212a",
      "k",
      "\x7f\x1b",
    ],
  ];
  const inputs = [
    ...[fileInput("openclaw.json", "{}", { mode: 0o600 }), dirInput("ws", 0o2775)],
    ...files.map((name, i) => fileInput(`ws/${name}`, `${i}`)),
    ...[
      dirInput("ws/Dir"),
      fileInput("ws/Dir/x", "1"),
      dirInput("ws/dir"),
      fileInput("ws/dir/x", "2"),
    ],
    ...[dirInput("ws/dir/sub", 0o500), fileInput("ws/dir/sub/y", "3"), dirInput("ws/empty", 0o555)],
    ...[hardlinkInput("ws/hard", "ws/C:x"), hardlinkInput("ws/hard2", `ws/${bytes}`)],
    ...[
      "../openclaw.json",
      "../../../x",
      "/etc/passwd",
      "nope",
      "x\udcffy",
      "a\nb",
      `a\n${"b".repeat(150)}`,
      "a\\b",
      "é",
      ".",
      "l".repeat(300),
      "é\nb",
    ].map((target, i) => symlinkInput(`ws/link${i}`, target)),
    symlinkInput("ws/C:link", "C:x"),
    dirInput("deep"),
    ...deep.flatMap((path) => [dirInput(path), fileInput(`${path}/end.txt`, path)]),
    symlinkInput(`${deep[4]}/link`, "語".repeat(600)),
    hardlinkInput(`${deep[4]}/hard`, `${deep[4]}/end.txt`),
    ...[0, 0o4755, 0o444, 0o777, 0o1666].map((mode) => fileInput(`mode${mode}`, "m", { mode })),
    ...[-5_000_000_001n, 0n, 5_000_000_000_000_000_000n].map((mtimeNs) =>
      fileInput(`time${mtimeNs}`, "t", { mtimeNs }),
    ),
    ...[fileInput("empty"), fileInput("big", "7".repeat(3_000_000))],
    ...[
      dirInput("state"),
      symlinkInput("state/openclaw.sqlite", "elsewhere"),
      fileInput("state/openclaw.sqlite-wal", "w"),
    ],
    fileInput("damaged.sqlite", "raw", { damaged: true }),
    ...[
      dirInput("/srv/ws"),
      fileInput("/srv/ws/a", "1"),
      symlinkInput("/srv/ws/b", "a"),
      symlinkInput("/srv/other", "x"),
    ],
    ...[dirInput("/home/u/.OPENCLAW"), fileInput("/home/u/.OPENCLAW/x", "twin")],
  ];
  const assets = [
    { kind: "state", sourcePath: STATE },
    { kind: "workspace", sourcePath: "/srv/ws" },
    { kind: "extra", sourcePath: "/home/u/.OPENCLAW" },
    { kind: "gone", sourcePath: "/gone" },
  ];
  const agentRoots = [
    { agentId: "main", sourcePath: `${STATE}/agents/main/agent` },
    { agentId: "Bad ID", sourcePath: "x" },
  ];
  return { inputs, manifest: { assets, paths: { ...manifestInput().paths, agentRoots } } };
}
