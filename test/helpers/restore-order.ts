import { readFileSync } from "node:fs";
import type { FileOperations } from "../../lib/filesystem/index.ts";
import { openRepository } from "../../lib/repository/index.ts";
import {
  type ArchiveSource,
  applyRestore,
  applyRollback,
  type PlanRestoreOptions,
  planRestore,
  planRollback,
  type RestoreReport,
  type RollbackChoice,
  type SavedNow,
  type SnapshotFacts,
  type SnapshotSource,
} from "../../lib/restore/index.ts";
import { openDirectoryStorage } from "../../lib/storage/index.ts";
import { plainInstallation } from "./plain-installation.ts";
import { testRepositoryOptions } from "./repository.ts";
import { snapshotSource } from "./snapshots.ts";

/** A restore that can be told to another process. */
export interface RestoreOrder {
  readonly home: string;
  readonly stateDir: string;
  readonly archive: string;
  /** Restored instead of the archive: a tree of a repository in a directory. */
  readonly snapshot?: {
    readonly path: string;
    readonly tree: string;
    readonly facts: SnapshotFacts;
  };
  readonly list?: string | undefined;
  readonly roots: readonly { readonly kind: "state" | "workspace"; readonly path: string }[];
  readonly options: Partial<PlanRestoreOptions>;
  /** Roll back to the snapshot instead: what, and the snapshot of now, which was taken beforehand. */
  readonly rollback?: {
    readonly choice: RollbackChoice;
    readonly now: { readonly tree: string; readonly facts: SnapshotFacts };
  };
}

const PIECE_BYTES = 300_000;

/** Plans and carries out an order. `onPiece` is called before each piece of the archive is given, from 1 on. */
export async function runOrder(
  order: RestoreOrder,
  operations: FileOperations,
  onPiece: (piece: number) => void = () => undefined,
): Promise<RestoreReport> {
  const { home, stateDir, roots, options } = order;
  if (order.rollback !== undefined) return await runRollback(order, operations, onPiece);
  const source =
    order.snapshot === undefined
      ? archiveOf(order, onPiece)
      : await snapshotOf(order.snapshot, onPiece);
  const prepared = await planRestore({
    source,
    stateDir,
    installation: plainInstallation(stateDir, { roots }),
    passphrases: [],
    privateKeys: [],
    environment: {},
    home,
    now: new Date("2026-11-21T03:00:00.000Z"),
    ...options,
  });
  return await applyRestore(prepared, { operations });
}

async function runRollback(
  { home, stateDir, roots, snapshot, rollback }: RestoreOrder,
  operations: FileOperations,
  onPiece: (piece: number) => void,
): Promise<RestoreReport> {
  if (snapshot === undefined || rollback === undefined)
    throw new Error("no snapshot to go back to");
  const prepared = await planRollback({
    source: await snapshotOf(snapshot, onPiece),
    choice: rollback.choice,
    stateDir,
    installation: plainInstallation(stateDir, { roots }),
    environment: {},
    home,
    now: new Date("2026-11-21T03:00:00.000Z"),
  });
  const saveNow = async (): Promise<SavedNow> => {
    const { snapshot: contents } = await snapshotOf(
      { ...snapshot, ...rollback.now },
      () => undefined,
    );
    const before = { id: "0".repeat(64), storage: "disk", instance: "agent-1" };
    return { before, contents, degraded: false };
  };
  return await applyRollback(prepared, { operations, saveNow });
}

function archiveOf(
  { archive, list }: RestoreOrder,
  onPiece: (piece: number) => void,
): ArchiveSource {
  const bytes = readFileSync(archive);
  return {
    label: "backup",
    backup: undefined,
    sizeBytes: bytes.length,
    sha256: undefined,
    open: async function* () {
      for (let at = 0, piece = 1; at < bytes.length; at += PIECE_BYTES, piece++) {
        onPiece(piece);
        yield bytes.subarray(at, at + PIECE_BYTES);
        // Lets what was unpacked so far reach the disk before the next piece.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    fileList: async () => (list === undefined ? undefined : readFileSync(list)),
  };
}

/** Its pieces are its files. */
async function snapshotOf(
  { path, tree, facts }: NonNullable<RestoreOrder["snapshot"]>,
  onPiece: (piece: number) => void,
): Promise<SnapshotSource> {
  const storage = await openDirectoryStorage({ path });
  const repository = await openRepository(testRepositoryOptions({ storage }));
  const source = await snapshotSource(repository, tree, facts);
  const { snapshot } = source;
  const readFiles: typeof snapshot.readFiles = async function* (entries, readOptions) {
    let piece = 1;
    for await (const opened of snapshot.readFiles(entries, readOptions)) {
      onPiece(piece++);
      yield opened;
    }
  };
  return { ...source, label: "backup", snapshot: { ...snapshot, readFiles } };
}
