import { BackupError, type ErrorCode } from "../../lib/base/index.ts";
import type { ObjectStorage } from "../../lib/storage/index.ts";

export type StorageCall =
  | "features"
  | "put"
  | "putStream"
  | "get"
  | "getStream"
  | "find"
  | "list"
  | "listFolders"
  | "listVersions"
  | "delete"
  | "sweepUploads";

/** One line of a script: which calls fail, when in the call, and how. */
export interface Fault {
  /** @default every kind of call */
  readonly on?: StorageCall | readonly StorageCall[] | undefined;
  /** Key or prefix of the call. @default any */
  readonly key?: string | RegExp | undefined;
  /** The first matching call that fails, from 1; calls that met another fault count. @default 1 */
  readonly nth?: number | undefined;
  /** How many matching calls fail in a row from then on. @default 1 */
  readonly times?: number | undefined;
  /**
   * `before`: nothing happens. `response`: everything happens, but the answer is lost. A number: after so many bytes of a
   * stream (source or result), or so many entries of a listing. @default "before"
   */
  readonly at?: "before" | "response" | number | undefined;
  /** @default "storage-unavailable" */
  readonly error?: ErrorCode | Error | undefined;
}

export interface FaultyStorage extends ObjectStorage {
  /** Every call made, in order, whether it failed or not. */
  readonly calls: readonly { readonly call: StorageCall; readonly key: string }[];
  /** How many calls failed by script. */
  readonly failures: number;
}

/** Wraps a storage whose calls fail by script; the first fault that applies to a call counts. */
export function faultyStorage(inner: ObjectStorage, script: readonly Fault[]): FaultyStorage {
  const calls: { call: StorageCall; key: string }[] = [];
  const seen = new Map<Fault, number>();
  let failures = 0;

  const isDue = (fault: Fault): boolean => {
    const count = (seen.get(fault) ?? 0) + 1;
    seen.set(fault, count);
    const first = fault.nth ?? 1;
    return count >= first && count < first + (fault.times ?? 1);
  };
  const begin = (call: StorageCall, key: string): Fault | undefined => {
    calls.push({ call, key });
    const [fault] = script.filter((each) => matches(each, call, key) && isDue(each));
    if (fault !== undefined) failures += 1;
    return fault;
  };
  const once = async <T>(call: StorageCall, key: string, work: () => Promise<T>): Promise<T> => {
    const fault = begin(call, key);
    if (fault !== undefined && fault.at !== "response") throw errorOf(fault, call, key);
    const result = await work();
    if (fault !== undefined) throw errorOf(fault, call, key);
    return result;
  };
  async function* each<T>(
    call: StorageCall,
    key: string,
    work: () => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const fault = begin(call, key);
    if (fault !== undefined && typeof fault.at !== "number") throw errorOf(fault, call, key);
    yield* fault === undefined ? work() : broken(work(), fault, () => errorOf(fault, call, key));
  }

  return {
    location: inner.location,
    calls,
    get failures() {
      return failures;
    },
    features: (options) => once("features", "", () => inner.features(options)),
    put: (key, body, options) => once("put", key, () => inner.put(key, body, options)),
    async putStream(key, body, options) {
      const fault = begin("putStream", key);
      const fail = (): Error => errorOf(fault ?? {}, "putStream", key);
      if (fault === undefined) return await inner.putStream(key, body, options);
      if (typeof fault.at === "number") {
        return await inner.putStream(key, broken(body, fault, fail), options);
      }
      if (fault.at === "response") await inner.putStream(key, body, options);
      throw fail();
    },
    get: (key, maxBytes, options) => once("get", key, () => inner.get(key, maxBytes, options)),
    getStream: (key, options) => each("getStream", key, () => inner.getStream(key, options)),
    find: (key, options) => once("find", key, () => inner.find(key, options)),
    list: (prefix, options) => each("list", prefix, () => inner.list(prefix, options)),
    listFolders: (prefix, options) =>
      each("listFolders", prefix, () => inner.listFolders(prefix, options)),
    listVersions: (prefix, options) =>
      each("listVersions", prefix, () => inner.listVersions(prefix, options)),
    delete: (key, options) => once("delete", key, () => inner.delete(key, options)),
    sweepUploads: (prefix, olderThan, options) =>
      once("sweepUploads", prefix, () => inner.sweepUploads(prefix, olderThan, options)),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

function matches({ on, key: wanted }: Fault, call: StorageCall, key: string): boolean {
  if (on !== undefined && ![on].flat().includes(call)) return false;
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? wanted === key : wanted.test(key);
}

function errorOf({ error = "storage-unavailable" }: Fault, call: StorageCall, key: string): Error {
  if (error instanceof Error) return error;
  return new BackupError(error, `${call} of "${key}" fails by script`);
}

/** Passes on as much as the fault says, counting bytes of chunks and one for anything else, then fails. */
async function* broken<T>(
  items: AsyncIterable<T>,
  { at }: Fault,
  fail: () => Error,
): AsyncGenerator<T> {
  let left = typeof at === "number" ? at : 0;
  if (left === 0) throw fail();
  for await (const item of items) {
    if (item instanceof Uint8Array) {
      yield item.subarray(0, left) as T;
      left -= Math.min(left, item.byteLength);
    } else {
      yield item;
      left -= 1;
    }
    if (left === 0) throw fail();
  }
  throw fail();
}
