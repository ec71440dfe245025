import { type BackupError, type Clock, type OnProgress, toBackupError } from "../base/index.ts";
import { getStorageSettings, type Settings, type StorageSettings } from "../settings/index.ts";
import {
  type ObjectStorage,
  openS3Storage,
  type RetryOptions,
  withBandwidthLimit,
  withRetry,
} from "../storage/index.ts";
import { openConfiguredDirectory } from "./directories.ts";

/** A storage as configured, opened: retried and limited as its settings say. */
export interface OpenStorage {
  readonly id: string;
  readonly settings: StorageSettings;
  readonly storage: ObjectStorage;
}

/** Opens each configured storage once, when it is first asked for, and closes all of them together. */
export interface StoragePool extends AsyncDisposable {
  /** @throws BackupError `not-configured` when there is no such storage (or no default) */
  open(id?: string | undefined): Promise<OpenStorage>;
  /** Every storage; one that cannot be opened is told as a problem and does not hide the others. */
  openAll(): Promise<OpenedStorages>;
}

export interface OpenedStorages {
  readonly opened: readonly OpenStorage[];
  readonly problems: readonly { readonly storage: string; readonly error: BackupError }[];
}

interface PoolOptions {
  /** Clawback's own directory. */
  readonly home: string;
  readonly clock: Clock;
  readonly onProgress: OnProgress | undefined;
  /** How often a request is tried. @default the storage's own, some minutes in all */
  readonly attempts?: number | undefined;
}

export function openStoragePool(
  settings: Settings,
  options: Omit<PoolOptions, "home">,
): StoragePool {
  const { home } = settings;
  const opened = new Map<string, Promise<OpenStorage>>();
  const open = async (id: string | undefined): Promise<OpenStorage> => {
    const found = getStorageSettings(settings, id);
    const known = opened.get(found.id) ?? openStorage(found, { home, ...options });
    opened.set(found.id, known);
    return await known;
  };
  return {
    open,
    openAll: () => openAll(settings, open),
    [Symbol.asyncDispose]: async () => {
      for (const result of await Promise.allSettled(opened.values())) {
        if (result.status === "fulfilled") await result.value.storage[Symbol.asyncDispose]();
      }
    },
  };
}

async function openAll(
  settings: Settings,
  open: (id: string) => Promise<OpenStorage>,
): Promise<OpenedStorages> {
  const opened: OpenStorage[] = [];
  const problems: { storage: string; error: BackupError }[] = [];
  for (const { id } of settings.storages) {
    try {
      opened.push(await open(id));
    } catch (error) {
      problems.push({ storage: id, error: toBackupError(error) });
    }
  }
  return { opened, problems };
}

/** Opens a storage from its settings; a wrong setting shows at the first call, not here. */
export async function openStorage(
  settings: StorageSettings,
  options: PoolOptions,
): Promise<OpenStorage> {
  const raw = await openRaw(settings, options);
  const limit = settings.type === "s3" ? settings.bandwidthBytesPerSecond : undefined;
  const limited = limit === undefined ? raw : withBandwidthLimit(raw, limit, options.clock);
  return { id: settings.id, settings, storage: limited };
}

async function openRaw(
  settings: StorageSettings,
  { home, clock, onProgress, attempts }: PoolOptions,
): Promise<ObjectStorage> {
  if (settings.type === "directory") return await openConfiguredDirectory(settings, home);
  const {
    id: _id,
    type: _type,
    plaintext: _plaintext,
    kmsKey,
    kmsEndpoint: _kmsEndpoint,
    bandwidthBytesPerSecond: _limit,
    prunerProfile: _pruner,
    problem: _problem,
    ...rest
  } = settings;
  const tell = (text: string): void => onProgress?.({ type: "message", level: "warning", text });
  const retry: RetryOptions = {
    clock,
    attempts,
    onRetry: ({ error, waitMs }) => tell(retryText(error, waitMs)),
  };
  // The parts of an upload and the rest of a download are repeated by the storage itself.
  const storage = await openS3Storage({ ...rest, kmsKeyId: kmsKey, clock, retry });
  return withRetry(storage, retry);
}

function retryText(error: BackupError, waitMs: number): string {
  return `${error.message}; trying again in ${(waitMs / 1000).toFixed(1)} s`;
}
