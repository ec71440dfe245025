import {
  BlobLoader,
  BlobSaver,
  type BlobSaverOptions,
} from "../../../../lib/repository/blob-store/index.ts";
import { createSealer, generateMasterKey } from "../../../../lib/repository/crypto/index.ts";
import { BlobIndex, loadBlobIndex } from "../../../../lib/repository/index-file/index.ts";
import { createStoredFiles } from "../../../../lib/repository/stored-file/index.ts";
import type { MasterKey } from "../../../../lib/repository/types.ts";
import { MemoryStorage } from "../../../../lib/storage/index.ts";
import { fakeClock } from "../../../helpers/fake-clock.ts";
import { type Fault, type FaultyStorage, faultyStorage } from "../../../helpers/faulty-storage.ts";

/** A repository without keys and snapshots: storage, index, and what saves and loads. */
export interface Scene {
  readonly storage: FaultyStorage;
  readonly index: BlobIndex;
  readonly masterKey: MasterKey;
  readonly saver: BlobSaver;
  readonly loader: BlobLoader;
  /** Another process's view: only what index files say. */
  reload(): Promise<BlobIndex>;
  newSaver(options?: Partial<BlobSaverOptions>): BlobSaver;
  newLoader(index: BlobIndex): BlobLoader;
  keys(prefix: string): Promise<string[]>;
}

export interface SceneOptions extends Partial<BlobSaverOptions> {
  readonly inThread?: boolean | undefined;
}

export function scene(
  script: readonly Fault[] = [],
  { inThread = false, ...options }: SceneOptions = {},
): Scene {
  const storage = faultyStorage(new MemoryStorage(), script);
  const masterKey = generateMasterKey();
  const sealer = createSealer(masterKey);
  const index = new BlobIndex();
  const files = createStoredFiles({ storage, sealer, version: 2 });
  const newLoader = (of: BlobIndex) => new BlobLoader({ storage, sealer, index: of });
  const newSaver = (more: Partial<BlobSaverOptions> = {}) => {
    const saveIndex = (json: Uint8Array) => files.save("index", json);
    return new BlobSaver({ storage, sealer, index, saveIndex, clock: fakeClock(), ...more });
  };
  const keys = async (prefix: string) => {
    const found: string[] = [];
    for await (const { key } of storage.list(prefix)) found.push(key);
    return found;
  };
  return {
    storage,
    index,
    masterKey,
    saver: newSaver(inThread ? { ...options, threadKey: masterKey } : options),
    loader: newLoader(index),
    newSaver,
    newLoader,
    keys,
    reload: async () => {
      const ids = (await keys("index/")).map((key) => key.slice("index/".length));
      return await loadBlobIndex(ids, (id) => files.load("index", id), { limit: 2 });
    },
  };
}
