import { type Path, realPath, removeTree, renameDomain } from "../../filesystem/index.ts";
import { readOpenClawProgram } from "../../openclaw/index.ts";
import { type Place, placeOf } from "../layout/index.ts";
import type { PreparedRestore } from "../prepared.ts";
import {
  assertNotTooNew,
  refuseDamaged,
  restage,
  type Stage,
  type Unpacked,
  unpack,
} from "../stage/index.ts";
import { writeEdits } from "./edits.ts";
import { keepToken } from "./gateway-token.ts";
import type { ResolvedApplyOptions } from "./options.ts";
import { composeRecoveryNote } from "./recovery-note.ts";
import { nothingFound, wantedOf } from "./selecting.ts";
import type { Transaction } from "./transaction.ts";
import { resolveTrees, type Trees } from "./trees.ts";

export interface StagingOptions extends ResolvedApplyOptions {
  readonly prepared: PreparedRestore;
  readonly transaction: Transaction;
  /** Where the state that is there now will be kept. */
  readonly preRestore: Path | undefined;
}

/** An archive unpacked, proved, adjusted and flushed, ready to be swapped in. */
export interface StagedRestore {
  readonly unpacked: Unpacked;
  readonly trees: Trees;
  /** Where the tree for each place stands now, by the place's live path; none where the backup holds nothing for it. */
  readonly incoming: ReadonlyMap<Path, Path>;
  readonly restored: { readonly files: number; readonly bytes: number };
  readonly warnings: readonly string[];
}

/** Downloads once, and does everything that can be done before anything live is touched. */
export async function stageRestore(options: StagingOptions): Promise<StagedRestore> {
  const { prepared, transaction } = options;
  const stageFor = await openStages(prepared, transaction);
  const unpacked = await unpackAll(options, stageFor);
  const { contents, staged } = unpacked;
  const trees = resolveTrees(prepared, contents, staged);
  if (trees.places.length === 0) throw nothingFound(prepared.options.source.label);
  const restored = countRestored(unpacked, trees);
  const notes = await checkDatabases(unpacked, trees, prepared);
  const adjusted =
    trees.mode === "elsewhere"
      ? []
      : await adjust({ ...options, unpacked, trees, restored, stageFor });
  for (const stage of transaction.stages()) await stage.writer.finish();
  for (const path of unpacked.leftovers) removeTree(path);
  const incoming = await bringHome(trees.places, unpacked, { transaction, stageFor });
  const warnings = [...trees.warnings, ...unpacked.warnings, ...notes, ...adjusted];
  return { unpacked, trees, incoming, restored, warnings };
}

type StageFor = (path: Path) => Stage;

/** One stage for each filesystem that is known to be needed; what is not known goes to that of the state directory. */
async function openStages(
  { options, places, kind }: PreparedRestore,
  transaction: Transaction,
): Promise<StageFor> {
  if (options.target !== undefined) {
    transaction.makeDirectory(options.target);
    const target = realPath(options.target) ?? options.target;
    const stage = await transaction.openStage(renameDomain(target), target);
    return () => stage;
  }
  const [state = places[0]] = places.filter(({ kind }) => kind === "state");
  if (state === undefined) throw nothingFound(options.source.label);
  const primary = await transaction.openStage(state.domain, state.stageParent);
  if (kind === undefined) return () => primary;
  for (const { domain, stageParent } of places) await transaction.openStage(domain, stageParent);
  return (path) => {
    const domain = placeOf(places, path)?.domain;
    return (domain === undefined ? undefined : transaction.stageOf(domain)) ?? primary;
  };
}

async function unpackAll(options: StagingOptions, stageFor: StageFor): Promise<Unpacked> {
  const { prepared, signal, onProgress } = options;
  const { kind, wanted, options: plan } = prepared;
  return await unpack({
    source: plan.source,
    keys: plan,
    stageFor,
    isWanted: (path) => wanted?.has(path) ?? true,
    select: (contents, staged) => wantedOf(prepared, contents, staged),
    areDatabasesWhole: kind === "clawback",
    signal,
    onProgress,
  });
}

function countRestored({ staged }: Unpacked, { places }: Trees): StagedRestore["restored"] {
  let files = 0;
  let bytes = 0;
  for (const [path, { type, sizeBytes }] of staged) {
    if (type !== "file" || placeOf(places, path) === undefined) continue;
    files++;
    bytes += sizeBytes;
  }
  return { files, bytes };
}

async function checkDatabases(
  { databases }: Unpacked,
  { mode }: Trees,
  { options }: PreparedRestore,
): Promise<string[]> {
  const notes = refuseDamaged(databases, mode === "elsewhere");
  if (mode !== "elsewhere") {
    assertNotTooNew(databases, await readOpenClawProgram(options.environment));
  }
  return notes;
}

interface AdjustOptions extends StagingOptions {
  readonly unpacked: Unpacked;
  readonly trees: Trees;
  readonly restored: StagedRestore["restored"];
  readonly stageFor: StageFor;
}

/** Changes what must not be as it was; paths of a moved installation would be rewritten here. */
async function adjust(options: AdjustOptions): Promise<string[]> {
  const { prepared, unpacked, trees, restored, preRestore, stageFor, clock } = options;
  const { contents, staged } = unpacked;
  const { backup, roots } = trees;
  const token = await keepToken({ prepared, staged, roots, configPath: contents.configPath });
  if (prepared.replaced !== undefined) {
    await writeEdits(token.edits, staged, stageFor);
    return [...token.notes];
  }
  const now = clock.now();
  const note = composeRecoveryNote({ prepared, backup, staged, now, restored, preRestore });
  await writeEdits([...token.edits, ...note.edits], staged, stageFor);
  return [...token.notes, ...note.warnings];
}

interface HomeOptions {
  readonly transaction: Transaction;
  readonly stageFor: StageFor;
}

/** Sees to it that each tree stands on the filesystem of its place. */
async function bringHome(
  places: readonly Place[],
  { staged }: Unpacked,
  { transaction, stageFor }: HomeOptions,
): Promise<Map<Path, Path>> {
  const incoming = new Map<Path, Path>();
  const copies = new Set<Stage>();
  const moved: { place: Place; stage: Stage }[] = [];
  for (const place of places) {
    const stage = staged.get(place.from)?.stage ?? stageFor(place.from);
    if (stage.domain === place.domain) {
      const path = stage.findPlain(place.from);
      if (path !== undefined) incoming.set(place.live, path);
      continue;
    }
    const { domain, stageParent } = place;
    const copy = await transaction.openStage(domain, stageParent, `copies for ${domain}`);
    await restage(stage, place.from, copy);
    copies.add(copy);
    moved.push({ place, stage: copy });
  }
  for (const copy of copies) await copy.writer.finish();
  for (const { place, stage } of moved) {
    const path = stage.findPlain(place.from);
    if (path !== undefined) incoming.set(place.live, path);
  }
  return incoming;
}
