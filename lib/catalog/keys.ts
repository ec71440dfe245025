import { assertInstanceName, BackupError, quote } from "../base/index.ts";

/** Names the layout version of everything below a storage's prefix. */
export const LAYOUT_KEY = "clawback.json";

/** Where the objects of one archive lie, below the storage's prefix. */
export interface BackupKeys {
  /** Ends with a slash. */
  readonly folder: string;
  readonly archive: string;
  readonly encryptedArchive: string;
  readonly fileList: string;
  readonly encryptedFileList: string;
  /** `backup.json`, the commit point. */
  readonly record: string;
  /** Folder of the marks; ends with a slash. */
  readonly marks: string;
}

/**
 * Names the objects of an archive. Any id that can stand as one segment of a key is accepted, so that what lies under a foreign name
 * can be named too.
 * @throws BackupError `invalid-argument`
 */
export function backupKeys(instance: string, id: string): BackupKeys {
  assertInstanceName(instance);
  assertSegment(id);
  const folder = `${archivesPrefix(instance)}${id}/`;
  return {
    folder,
    archive: `${folder}archive.tar.gz`,
    encryptedArchive: `${folder}archive.tar.gz.gpg`,
    fileList: `${folder}files.jsonl.gz`,
    encryptedFileList: `${folder}files.jsonl.gz.gpg`,
    record: `${folder}backup.json`,
    marks: `${marksPrefix(instance)}${id}/`,
  };
}

export function archivesPrefix(instance: string): string {
  return `${instance}/archives/`;
}

export function marksPrefix(instance: string): string {
  return `${instance}/marks/`;
}

/** Where the repository of an instance lies; its objects are named by its own format. */
export function repositoryPrefix(instance: string): string {
  assertInstanceName(instance);
  return `${instance}/repository/`;
}

/**
 * How the keys of an instance's wrapped passwords begin: `password.kms.json`, and with a time those that came later. They lie beside the
 * repository, which stays a plain one of restic's.
 */
export function wrappedPasswordPrefix(instance: string): string {
  assertInstanceName(instance);
  return `${instance}/password.kms.`;
}

/** Where it is written down what was removed from an instance's repository on purpose. */
export function removalsPrefix(instance: string): string {
  assertInstanceName(instance);
  return `${instance}/removed/`;
}

/** Where `test` may write and delete. */
export function probePrefix(instance: string): string {
  assertInstanceName(instance);
  return `${instance}/probe/`;
}

function assertSegment(id: string): void {
  if (/^[^/\p{Cc}]{1,255}$/u.test(id) && id !== "." && id !== "..") return;
  throw new BackupError("invalid-argument", `backup id ${quote(id)} is not usable`);
}
