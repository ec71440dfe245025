import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fsPath, pathFromBuffer, statPath } from "../../lib/filesystem/index.ts";
import {
  type BlobIndex,
  type BlobSaver,
  createNode,
  encodeTree,
  type Id,
  type Node,
  type Repository,
  type StoredSnapshot,
  saveSnapshot,
  sortNodes,
} from "../../lib/repository/index.ts";
import {
  openSnapshotContents,
  type SnapshotFacts,
  type SnapshotSource,
} from "../../lib/restore/index.ts";
import { plainInstallation } from "./plain-installation.ts";

/** Small enough that a file of some kilobytes has several blobs. */
const PIECE_BYTES = 100_000;

/** Stores directories with all that is above them, as restic does with absolute paths; files in pieces of a fixed size. */
export async function storeTree(
  repository: Repository,
  roots: readonly string[],
): Promise<{ readonly snapshot: StoredSnapshot; readonly index: BlobIndex }> {
  const index = await repository.loadIndex();
  await using saver = repository.createSaver(index);
  const tree = await storeChain(saver, "", roots);
  await saver.flush();
  const time = "2026-11-21T02:59:00Z";
  const snapshot = await saveSnapshot(repository.storedFiles, { time, tree, paths: [...roots] });
  return { snapshot, index };
}

/** The facts that Clawback stores about a full snapshot of an installation. */
export function snapshotFacts(stateDir: string, more: Partial<SnapshotFacts> = {}): SnapshotFacts {
  const { configPath, credentialsDir, workspaces, agents } = plainInstallation(stateDir);
  const classes = [
    ...["config", "credentials", "cron", "databases", "devices", "extensions", "media", "other"],
    ...["sessions", "skills", "workspace"],
  ];
  return {
    createdAt: "2026-11-21T02:59:00.000Z",
    openclaw: { version: "2026.9.6" },
    paths: {
      stateDir,
      configPath,
      oauthDir: credentialsDir,
      workspaceDirs: workspaces,
      agentRoots: agents.map(({ agentId, agentDir }) => ({ agentId, sourcePath: agentDir })),
    },
    assets: [{ kind: "state", sourcePath: stateDir }],
    scope: {
      full: true,
      classes,
      onlyConfig: false,
      includeWorkspace: true,
      rules: { cachedirTag: false, oneFileSystem: false },
      roots: [{ kind: "state", path: stateDir, excluded: [], included: [], forced: [] }],
    },
    omissions: [],
    ...more,
  };
}

/** A snapshot as a restore takes it. */
export async function snapshotSource(
  repository: Repository,
  tree: Id,
  facts: SnapshotFacts | undefined,
): Promise<SnapshotSource> {
  const index = await repository.loadIndex();
  const loader = repository.createLoader(index);
  const snapshot = openSnapshotContents({ tree, facts, loader, index });
  return { label: "snapshot 3f2a91c0 in storage memory", backup: undefined, snapshot };
}

/** The tree of a directory of which only what leads to the roots is wanted, and of the roots all. */
async function storeChain(saver: BlobSaver, path: string, roots: readonly string[]): Promise<Id> {
  const names = new Set(
    roots
      .filter((root) => root.startsWith(`${path}/`))
      .map((root) => root.slice(path.length + 1).split("/")[0] as string),
  );
  const nodes: Node[] = [];
  for (const name of names) {
    const at = `${path}/${name}`;
    const subtree = roots.includes(at) ? undefined : await storeChain(saver, at, roots);
    nodes.push(await storeNode(saver, at, name, subtree));
  }
  return (await saver.save("tree", encodeTree({ nodes: sortNodes(nodes) }))).id;
}

async function storeNode(
  saver: BlobSaver,
  path: string,
  name: string,
  subtree?: Id,
): Promise<Node> {
  const stat = statPath(path);
  if (stat === undefined) throw new Error(`${path} is gone`);
  if (stat.type === "symlink") {
    const linkTarget = pathFromBuffer(readlinkSync(fsPath(path), { encoding: "buffer" }));
    return createNode(name, stat as never, { linkTarget });
  }
  if (stat.type === "dir") {
    return createNode(name, stat as never, {
      subtree: subtree ?? (await storeDirectory(saver, path)),
    });
  }
  const content: Id[] = [];
  const bytes = readFileSync(fsPath(path));
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    content.push((await saver.save("data", bytes.subarray(at, at + PIECE_BYTES))).id);
  }
  return createNode(name, stat as never, { content });
}

async function storeDirectory(saver: BlobSaver, path: string): Promise<Id> {
  const names = readdirSync(fsPath(path), { encoding: "buffer" }).map(pathFromBuffer);
  const nodes: Node[] = [];
  for (const name of names) {
    if (lstatSync(fsPath(`${path}/${name}`)).isSocket()) continue;
    nodes.push(await storeNode(saver, `${path}/${name}`, name));
  }
  return (await saver.save("tree", encodeTree({ nodes: sortNodes(nodes) }))).id;
}
