import {
  type ArchiveEntry,
  type ArchiveInput,
  type ArchiveSummary,
  archiveRootName,
  createArchiveAudit,
  type Finding,
  type ManifestInput,
  type ReadArchiveOptions,
  readArchive,
  writeArchive,
} from "../../lib/archive/index.ts";
import { chunksOf, readAll } from "./chunks.ts";

/** The state directory of the archives that are made of literals. */
export const STATE = "/home/u/.openclaw";
export const CREATED_AT: Date = new Date("2026-11-21T03:00:00Z");
export const ROOT: string = archiveRootName(CREATED_AT);

const FACTS = { mode: 0o644, mtimeNs: 1_790_000_000_123_456_789n, class: "other" } as const;

/** Something that an archive shall hold; its path is relative to the state directory unless it is absolute. */
export const dirInput = (path: string, mode = 0o755): ArchiveInput => ({
  ...{ ...FACTS, type: "dir", path: absolute(path), mode },
});

export const fileInput = (
  path: string,
  body: string | Uint8Array = "",
  facts: Partial<Extract<ArchiveInput, { type: "file" }>> = {},
): ArchiveInput => {
  const content = Buffer.from(body as string);
  const sizeBytes = content.length;
  return { ...FACTS, type: "file", path: absolute(path), sizeBytes, content, ...facts };
};

export const symlinkInput = (path: string, target: string): ArchiveInput => ({
  ...{ ...FACTS, type: "symlink", path: absolute(path), mode: 0o777, target },
});

export const hardlinkInput = (path: string, target: string): ArchiveInput => ({
  ...{ ...FACTS, type: "hardlink", path: absolute(path), target: absolute(target) },
});

function absolute(path: string): string {
  if (path === "") return STATE;
  return path.startsWith("/") ? path : `${STATE}/${path}`;
}

export const manifestInput = (changes: Partial<ManifestInput> = {}): ManifestInput => ({
  archiveRoot: ROOT,
  createdAt: CREATED_AT,
  runtimeVersion: "2026.9.6",
  platform: "linux",
  nodeVersion: "v24.21.0",
  includeWorkspace: true,
  onlyConfig: false,
  paths: {
    stateDir: STATE,
    configPath: `${STATE}/openclaw.json`,
    oauthDir: `${STATE}/credentials`,
    workspaceDirs: [],
    agentRoots: [],
  },
  assets: [{ kind: "state", sourcePath: STATE }],
  skipped: [],
  clawback: { id: "20261121T030000Z-aaaaaa" },
  ...changes,
});

export interface WrittenArchive {
  readonly bytes: Buffer;
  readonly summary: ArchiveSummary;
}

/** Writes an archive of these inputs, below their state directory's entry. */
export async function writeInputs(
  inputs: readonly ArchiveInput[] | AsyncIterable<ArchiveInput>,
  options: { readonly manifest?: Partial<ManifestInput>; readonly compressionLevel?: number } = {},
): Promise<WrittenArchive> {
  const { compressionLevel } = options;
  const manifest = manifestInput(options.manifest);
  const stream = writeArchive(eachInput(inputs), { manifest, compressionLevel });
  const bytes = await readAll(stream);
  return { bytes, summary: stream.summary() };
}

async function* eachInput(
  inputs: readonly ArchiveInput[] | AsyncIterable<ArchiveInput>,
): AsyncGenerator<ArchiveInput> {
  yield dirInput("", 0o700);
  yield* inputs;
}

/** An entry with its content, as far as tests compare it. */
export interface ReadBack {
  readonly entry: Omit<ArchiveEntry, "body">;
  readonly content: Buffer;
}

export interface ReadArchive {
  readonly entries: readonly ReadBack[];
  readonly contents: ReturnType<ReturnType<typeof readArchive>["contents"]>;
  readonly findings: readonly Finding[];
}

/** Reads an archive whole, in chunks of `chunkSize`, and audits it. */
export async function readWhole(
  bytes: Uint8Array,
  { chunkSize, ...options }: ReadArchiveOptions & { readonly chunkSize?: number } = {},
): Promise<ReadArchive> {
  const reader = readArchive(chunksOf(bytes, chunkSize), options);
  const audit = createArchiveAudit();
  const entries: ReadBack[] = [];
  for await (const each of reader) {
    const { body, ...entry } = audit.watch(each);
    entries.push({ entry, content: await readAll(body) });
  }
  const contents = reader.contents();
  return { entries, contents, findings: audit.findings(contents) };
}
