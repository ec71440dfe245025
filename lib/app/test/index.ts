/** Trying whether backups to a storage would work, from the settings to a restore; writes below `probe/` only. */
export type { CheckName, TestCheck } from "./checks.ts";
export { type TestReport, testStorage } from "./test-storage.ts";
