import { readFileSync } from "node:fs";
import type { FileOperations } from "../../lib/filesystem/index.ts";
import {
  applyRestore,
  type PlanRestoreOptions,
  planRestore,
  type RestoreReport,
  type ArchiveSource,
} from "../../lib/restore/index.ts";
import { plainInstallation } from "./plain-installation.ts";

/** A restore that can be told to another process. */
export interface RestoreOrder {
  readonly home: string;
  readonly stateDir: string;
  readonly archive: string;
  readonly list?: string | undefined;
  readonly roots: readonly { readonly kind: "state" | "workspace"; readonly path: string }[];
  readonly options: Partial<PlanRestoreOptions>;
}

const PIECE_BYTES = 300_000;

/** Plans and carries out an order. `onPiece` is called before each piece of the archive is given, from 1 on. */
export async function runOrder(
  order: RestoreOrder,
  operations: FileOperations,
  onPiece: (piece: number) => void = () => undefined,
): Promise<RestoreReport> {
  const { home, stateDir, roots, archive, list, options } = order;
  const bytes = readFileSync(archive);
  const source: ArchiveSource = {
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
