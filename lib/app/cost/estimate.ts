import { GIB, MIB } from "../../base/index.ts";

/** What a service asks for; US dollars. */
export interface Price {
  readonly note?: string | undefined;
  readonly gigabyteMonth: number;
  /** PUT, POST and LIST. */
  readonly thousandWrites: number;
  readonly thousandReads: number;
  readonly keyMonth?: number | undefined;
  readonly tenThousandKeyRequests?: number | undefined;
  /** What is asked for in any case. */
  readonly leastMonth?: number | undefined;
}

/** What is used in a month. */
export interface Usage {
  /** What lies there, on average. */
  readonly storedBytes: number;
  /** What retention removed, and versions keep for a while. */
  readonly recoverableBytes: number;
  readonly writes: number;
  readonly reads: number;
  /** The storage encrypts with a key of one's own. */
  readonly hasKmsKey: boolean;
}

/** US dollars a month. */
export interface MonthlyCost {
  readonly storage: number;
  /** Of {@link Usage.recoverableBytes}. */
  readonly recoverable: number;
  readonly requests: number;
  readonly kms: number;
  readonly total: number;
}

/** With a bucket key S3 asks KMS once for many objects. */
const REQUESTS_PER_KMS_CALL = 100;

export function costOf(price: Price, usage: Usage): MonthlyCost {
  const { gigabyteMonth: perGib, thousandWrites, thousandReads, leastMonth = 0 } = price;
  const storage = (usage.storedBytes / GIB) * perGib;
  const recoverable = (usage.recoverableBytes / GIB) * perGib;
  const requests = (usage.writes * thousandWrites + usage.reads * thousandReads) / 1000;
  const calls = (usage.writes + usage.reads) / REQUESTS_PER_KMS_CALL;
  const { keyMonth = 0, tenThousandKeyRequests = 0 } = price;
  const kms = usage.hasKmsKey ? keyMonth + (calls / 10_000) * tenThousandKeyRequests : 0;
  const total = Math.max(storage + recoverable + requests + kms, leastMonth);
  return { storage, recoverable, requests, kms, total };
}

/** How many backups are made in a month of 30 days, and how many of them retention leaves in the long run. */
export interface Rhythm {
  readonly perMonth: number;
  readonly kept: number;
}

/** What one archive or snapshot takes, and whether the service keeps what is removed. */
export interface Load extends Rhythm {
  /** Of one whole backup, as it is stored. */
  readonly wholeBytes: number;
  /** Days for which a removed object can be brought back; 0 where the service has no versions. */
  readonly recoverableDays: number;
}

/*
 * Requests, as a proxy before MinIO counted them: an archive of 80 MB took 21 writes and 3 reads, a snapshot with one changed file 5 writes and 10 reads
 * and lists, a day's retention and check of 4 snapshots about 80 reads and 30 lists.
 */
const PART_BYTES: number = 5 * MIB;
const ARCHIVE_WRITES = 5;
const SNAPSHOT_WRITES = 9;
const SNAPSHOT_READS = 6;
const CARE_WRITES_PER_MONTH: number = 30 * 30;
const CARE_READS_PER_MONTH: number = 80 * 30;

export type Part = Omit<Usage, "hasKmsKey">;

/** Archives: each is whole. */
export function usageOfArchives({ perMonth, kept, wholeBytes, recoverableDays }: Load): Part {
  return {
    storedBytes: kept * wholeBytes,
    // In the long run as many are removed as are made.
    recoverableBytes: wholeBytes * perMonth * (recoverableDays / 30),
    writes: perMonth * (ARCHIVE_WRITES + Math.ceil(wholeBytes / PART_BYTES)),
    // Each is read back once.
    reads: perMonth * (3 + Math.ceil(wholeBytes / PART_BYTES)),
  };
}

/** Snapshots: the first is whole, each other one adds what changed. @param addedBytes - By one snapshot. */
export function usageOfSnapshots(load: Load, addedBytes: number): Part {
  const { perMonth, kept, wholeBytes, recoverableDays } = load;
  const storedBytes = kept === 0 ? 0 : wholeBytes + (kept - 1) * addedBytes;
  return {
    storedBytes,
    recoverableBytes: kept === 0 ? 0 : addedBytes * perMonth * (recoverableDays / 30),
    writes: perMonth * (SNAPSHOT_WRITES + Math.ceil(addedBytes / PART_BYTES)),
    // All of it is read back within a month.
    reads: perMonth * SNAPSHOT_READS + Math.ceil(storedBytes / PART_BYTES),
  };
}

/** What retention and checks ask for every day, whatever there is. */
export const CARE: Part = {
  ...{ storedBytes: 0, recoverableBytes: 0 },
  ...{ writes: CARE_WRITES_PER_MONTH, reads: CARE_READS_PER_MONTH },
};

export function sumOf(parts: readonly Part[]): Part {
  const sum = (name: keyof Part): number => parts.reduce((total, part) => total + part[name], 0);
  return {
    ...{ storedBytes: sum("storedBytes"), recoverableBytes: sum("recoverableBytes") },
    ...{ writes: sum("writes"), reads: sum("reads") },
  };
}
