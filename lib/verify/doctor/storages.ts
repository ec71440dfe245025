import { count } from "../../base/index.ts";
import type { StorageFeatures } from "../../storage/index.ts";
import { findings } from "./finding.ts";
import type { DoctorFinding } from "./types.ts";

export interface StorageFacts {
  readonly id: string;
  readonly isDirectory: boolean;
  readonly features: StorageFeatures;
  /** Of the service, without looking at this bucket. */
  readonly hasVersions: boolean;
}

/** What a storage lacks that backups would be safer with. */
export function judgeFeatures({
  id,
  isDirectory,
  features,
  hasVersions,
}: StorageFacts): DoctorFinding {
  const { ok, note, warning } = findings("storage-features");
  const { conditionalCreate, versioning, objectLock, serverSideEncryption } = features;
  if (isDirectory) {
    if (conditionalCreate) return ok(`storage ${id}: a directory that refuses to overwrite`);
    return note(
      `storage ${id}: its filesystem has no hard links, so two writers at once could overwrite each other`,
      "let one machine write there, or use another filesystem",
    );
  }
  const has = [
    `encryption by the service: ${serverSideEncryption}`,
    ...(objectLock === true ? ["object lock"] : []),
    ...(conditionalCreate ? ["conditional writes"] : []),
  ].join(", ");
  if (versioning === true) return ok(`storage ${id}: versions are kept; ${has}`);
  if (versioning === undefined) {
    return note(
      `storage ${id}: whether versions are kept may not be asked; ${has}`,
      "give these credentials s3:GetBucketVersioning",
    );
  }
  return warning(
    `storage ${id}: no versions are kept, so what is deleted or replaced there is gone; ${has}`,
    hasVersions
      ? "turn versioning on for the bucket: clawback setup does"
      : "this service has no versions: keep a second storage elsewhere, with clawback sync",
  );
}

/** Uploads that killed processes began: they cost money and are shown by no listing. */
export function judgeUploads(id: string, uploads: number): DoctorFinding {
  const { ok, warning } = findings("stranded-uploads");
  if (uploads === 0) return ok(`storage ${id}: no upload was left unfinished`);
  const what = `${count(uploads, "upload")} older than three days`;
  return warning(`storage ${id}: ${what} was never finished, and is paid for`, "clawback cleanup");
}

/** @param dangers - Why the credentials in use could destroy the backups; empty when they cannot. */
export function judgeProtection(id: string, dangers: readonly string[]): DoctorFinding {
  const { ok, warning } = findings("protection");
  if (dangers.length === 0) {
    return ok(
      `storage ${id}: these credentials can neither remove versions nor change bucket or key`,
    );
  }
  return warning(
    `storage ${id}: protection level none: ${dangers.join("; ")}`,
    "use credentials that can neither remove versions nor change the bucket: clawback setup makes them",
  );
}
