import type { OnProgress } from "../../base/index.ts";
import { mapConcurrent } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import { findLosses, type Inventory, type Loss, readInventory } from "../inventory/index.ts";
import type { LockOptions } from "../lock/index.ts";
import type { Repository } from "../repository.ts";
import type { Id, PackContents } from "../types.ts";
import { Findings } from "./findings.ts";
import { readPack } from "./read-pack.ts";
import { type DataSelection, type ReadablePack, selectPacks } from "./selection.ts";
import { type CheckRecord, planShare } from "./share.ts";
import { checkStructure } from "./structure.ts";
import type { CheckReport } from "./types.ts";

export interface CheckOptions extends CallOptions {
  /** How much of the data is read. @default none: the structure only */
  readonly readData?: DataSelection | undefined;
  /** Of the check before: for a share, and to notice what has gone. */
  readonly record?: CheckRecord | undefined;
  /**
   * Reads the ids of snapshots and keys that somebody removed on purpose since then: what else is gone is missing, and a finding. Called once
   * it is known what is there, because somebody may be removing.
   * @default not known, so that what is gone is only noticed
   */
  readonly readRemoved?: (() => Promise<ReadonlySet<Id>>) | undefined;
  /** How to wait for others; `false` for credentials that may only read. @default fail at once */
  readonly lock?: Omit<LockOptions, "exclusive" | "signal"> | false | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** Read at once; each holds one blob. */
const CONCURRENT_PACKS = 3;
const MAX_LOSSES = 10_000;

/**
 * Checks a repository under a shared lock. Damage is in the report and never thrown.
 * @throws BackupError `repository-locked`; what the storage throws
 */
export async function checkRepository(
  repository: Repository,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const { lock: waiting = {}, signal: outer } = options;
  if (waiting === false) return await check(repository, options);
  await using lock = await repository.lock({ ...waiting, signal: outer });
  const signal = outer === undefined ? lock.signal : AbortSignal.any([outer, lock.signal]);
  return await check(repository, { ...options, signal });
}

async function check(repository: Repository, options: CheckOptions): Promise<CheckReport> {
  const { signal, record } = options;
  const inventory = await readInventory(repository, { signal });
  const loader = repository.createLoader(inventory.index);
  const findings = new Findings(inventory.index);
  const keys = await findings.addKeys(repository, { signal });
  const removed = record === undefined ? undefined : await options.readRemoved?.();
  findings.addRecord(repository.config, { inventory, keys, record, removed });
  const structure = await checkStructure({ inventory, loader, findings, signal });
  const data = await readChosen(repository, inventory, findings, options);
  const { losses, omitted } = await locate(inventory, findings, loader, options);
  return {
    ok: findings.count === 0,
    checked: {
      snapshots: inventory.snapshots.snapshots.length,
      ...structure,
      blobs: inventory.index.blobCount,
      packs: inventory.packs.size,
      packsRead: data.packs,
      bytes: data.bytes,
    },
    ...findings.report(),
    losses,
    lossesOmitted: omitted,
    record: nextRecord(repository, inventory, { keys, read: data.good, record }),
  };
}

async function readChosen(
  repository: Repository,
  inventory: Inventory,
  findings: Findings,
  { signal, onProgress, ...options }: CheckOptions,
): Promise<{ readonly packs: number; readonly bytes: number; readonly good: readonly Id[] }> {
  const chosen = new Set(choosePacks(repository, inventory, options).map(({ packId }) => packId));
  // A pack of the wrong size is read in any case: what of it is lost has to be known.
  for (const packId of findings.suspects) chosen.add(packId);
  const totalBytes = [...chosen].reduce(
    (sum, id) => sum + (inventory.packs.get(id)?.sizeBytes ?? 0),
    0,
  );
  const good: Id[] = [];
  let bytes = 0;
  const read = async (contents: PackContents) => {
    return { contents, reading: await readPack(repository, contents, { signal }) };
  };
  const limits = { limit: CONCURRENT_PACKS, signal };
  for await (const { contents, reading } of mapConcurrent(
    packsOf(inventory, chosen),
    read,
    limits,
  )) {
    bytes += reading.bytes;
    findings.addPackReading(contents.packId, reading);
    if (reading.problems.length === 0) good.push(contents.packId);
    onProgress?.({ type: "progress", bytes, totalBytes });
  }
  return { packs: chosen.size, bytes, good };
}

function* packsOf({ index }: Inventory, chosen: ReadonlySet<Id>): Generator<PackContents> {
  for (const pack of index.packs()) if (chosen.has(pack.packId)) yield pack;
}

function choosePacks(
  { clock }: Repository,
  { index, packs }: Inventory,
  { readData, record }: CheckOptions,
): ReadablePack[] {
  if (readData === undefined) return [];
  const readable = [...packs]
    .filter(([packId]) => index.hasPack(packId))
    .map(([packId, { sizeBytes }]) => ({ packId, sizeBytes }));
  if (readData.type !== "share") return selectPacks(readable, readData);
  return planShare(readable, record, { days: readData.days, now: clock.now() });
}

async function locate(
  { snapshots }: Inventory,
  findings: Findings,
  loader: ReturnType<Repository["createLoader"]>,
  { signal }: CallOptions,
): Promise<{ readonly losses: Loss[]; readonly omitted: number }> {
  const losses: Loss[] = [];
  let omitted = 0;
  if (findings.count === 0) return { losses, omitted };
  const { damage } = findings;
  for await (const loss of findLosses(snapshots.snapshots, { loader, damage, signal })) {
    if (losses.length < MAX_LOSSES) losses.push(loss);
    else omitted += 1;
  }
  return { losses, omitted };
}

function nextRecord(
  { config, clock }: Repository,
  { snapshots, index, packs }: Inventory,
  {
    keys,
    read,
    record,
  }: { keys: readonly Id[]; read: readonly Id[]; record: CheckRecord | undefined },
): CheckRecord {
  const checkedAt = clock.now().toISOString();
  const kept = new Map<Id, { readonly at: string; readonly read: boolean }>();
  for (const packId of packs.keys()) {
    if (index.hasPack(packId))
      kept.set(packId, record?.packs[packId] ?? { at: checkedAt, read: false });
  }
  for (const packId of read) kept.set(packId, { at: checkedAt, read: true });
  return {
    repositoryId: config.id,
    chunkerPolynomial: config.chunkerPolynomial.toString(16),
    version: config.version,
    checkedAt,
    snapshots: snapshots.snapshots.map(({ id }) => id),
    keys,
    packs: Object.fromEntries(kept),
  };
}
