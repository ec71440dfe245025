import { Secret } from "../../lib/base/index.ts";
import {
  initRepository,
  type LockHolder,
  type Repository,
  type RepositoryOptions,
} from "../../lib/repository/index.ts";
import { MemoryStorage, openDirectoryStorage } from "../../lib/storage/index.ts";

/** The password of test repositories. */
export const TEST_PASSWORD: Secret = new Secret("test password");

/** A key that costs nothing to open. */
export const FAST_COST = { N: 2, r: 1, p: 1 } as const;

/** A process on a host of its own, which runs for ever. */
export function testHolder(hostname = "test-host", pid = 4242): LockHolder {
  return { hostname, username: "tester", pid, uid: 1000, gid: 1000, isProcessRunning: () => true };
}

/** What test repositories are made with: in memory, with a cheap key, unless `options` say otherwise. */
export function testRepositoryOptions(options: Partial<RepositoryOptions> = {}): RepositoryOptions {
  return {
    storage: new MemoryStorage(),
    password: TEST_PASSWORD,
    holder: testHolder(),
    cost: FAST_COST,
    ...options,
  };
}

/** Creates a repository for a test. */
export async function initTestRepository(
  options: Partial<RepositoryOptions> = {},
): Promise<Repository> {
  return await initRepository(testRepositoryOptions(options));
}

/**
 * Creates the repository that a program would make in a directory with its first snapshot, with a password that everybody knows and
 * nobody has to wait for: what a person types costs half a second at each opening, in the program and in restic.
 */
export async function initQuickRepository(path: string, password: string): Promise<void> {
  const storage = await openDirectoryStorage({ path, create: true });
  await initTestRepository({ storage, password: new Secret(password) });
}
