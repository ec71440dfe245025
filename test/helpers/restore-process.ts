import { readFileSync, writeFileSync } from "node:fs";
import {
  applyRestore,
  type PlanRestoreOptions,
  planRestore,
  type RestoreSource,
} from "../../lib/restore/index.ts";
import { watchedOperations } from "./file-operations.ts";
import { plainInstallation } from "./plain-installation.ts";

/** What a restoring process is told; see {@link file://../fault/restore-kill.test.ts}. */
export interface RestoreOrder {
  readonly home: string;
  readonly stateDir: string;
  readonly archive: string;
  readonly list?: string | undefined;
  readonly roots: readonly { readonly kind: "state" | "workspace"; readonly path: string }[];
  readonly options: Partial<PlanRestoreOptions>;
  /** Dies before its operation of that number; before the n-th piece of the archive for -n. */
  readonly killAt: number;
  /** Where to write the names of its operations when it comes to its end. */
  readonly stepsFile?: string | undefined;
}

const PIECE_BYTES = 300_000;

async function run(order: RestoreOrder): Promise<void> {
  const { home, stateDir, roots, killAt, archive, list } = order;
  const now = new Date("2026-11-21T03:00:00.000Z");
  const installation = plainInstallation(stateDir, { roots });
  const names: string[] = [];
  const operations = watchedOperations(({ name }, index) => {
    if (index === killAt) process.kill(process.pid, "SIGKILL");
    names.push(name);
  });
  const bytes = readFileSync(archive);
  const source: RestoreSource = {
    label: "backup",
    backup: undefined,
    sizeBytes: bytes.length,
    sha256: undefined,
    open: async function* () {
      for (let at = 0, piece = 1; at < bytes.length; at += PIECE_BYTES, piece++) {
        if (piece === -killAt) process.kill(process.pid, "SIGKILL");
        yield bytes.subarray(at, at + PIECE_BYTES);
        // Lets what was written so far reach the disk before the next piece.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    fileList: async () => (list === undefined ? undefined : readFileSync(list)),
  };
  const prepared = await planRestore({
    source,
    stateDir,
    installation,
    passphrases: [],
    privateKeys: [],
    environment: {},
    home,
    now,
    ...order.options,
  });
  await applyRestore(prepared, { operations });
  if (order.stepsFile !== undefined) writeFileSync(order.stepsFile, JSON.stringify(names));
}

await run(JSON.parse(process.argv[2] ?? "{}"));
