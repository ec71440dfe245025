import type { Clock, Secret } from "../../base/index.ts";
import type { CallOptions, ObjectStorage } from "../../storage/index.ts";
import type { Id } from "../types.ts";
import { addKey, changePassword, type NewKeyOptions, removeKey } from "./change-keys.ts";
import type { OpenedKey } from "./open-key.ts";
import type { ScryptCost } from "./scrypt-cost.ts";
import { listKeys, type StoredKey } from "./stored-keys.ts";

/** The passwords of an open repository. */
export interface RepositoryKeys {
  /** The key this repository was opened with; another one after {@link RepositoryKeys.changePassword}. */
  readonly currentId: Id;
  list(options?: CallOptions): AsyncIterable<StoredKey>;
  /** Lets `password` open the repository too. See `addKey`. */
  add(password: Secret, options?: CallOptions): Promise<Id>;
  /** Takes a password out of use; hold an exclusive lock. See `removeKey`. */
  remove(id: Id, options?: CallOptions & { readonly evenCurrent?: boolean }): Promise<void>;
  /** Replaces the password in use; hold an exclusive lock. See `changePassword`. */
  changePassword(password: Secret, options?: CallOptions): Promise<Id>;
}

export interface RepositoryKeysOptions {
  readonly storage: ObjectStorage;
  readonly current: OpenedKey;
  readonly clock: Clock;
  /** Recorded in new key files. */
  readonly holder: { readonly username: string; readonly hostname: string };
  /** Of new keys. @default measured */
  readonly cost?: ScryptCost | undefined;
}

/** Opens the keys of a repository. */
export function createRepositoryKeys(options: RepositoryKeysOptions): RepositoryKeys {
  const { storage, clock, cost, holder } = options;
  const { username, hostname } = holder;
  let { current } = options;
  const newKey = (call: CallOptions): NewKeyOptions => {
    return { ...call, username, hostname, clock, cost };
  };
  return {
    get currentId() {
      return current.id;
    },
    list: (call) => listKeys(storage, call),
    add: (password, call = {}) => addKey(storage, current.masterKey, password, newKey(call)),
    remove: (id, call = {}) => removeKey(storage, id, { ...call, currentId: current.id }),
    async changePassword(password, call = {}) {
      current = await changePassword(storage, current, password, newKey(call));
      return current.id;
    },
  };
}
