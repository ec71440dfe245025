import { count, formatSize } from "../../base/index.ts";
import type { CallOptions } from "../../storage/index.ts";
import type { BlobIndex } from "../index-file/index.ts";
import { Damage, type Inventory } from "../inventory/index.ts";
import type { Repository } from "../repository.ts";
import { shortId } from "../stored-file/index.ts";
import type { BlobHandle, Id, RepositoryConfig } from "../types.ts";
import type { PackReading } from "./read-pack.ts";
import type { CheckRecord } from "./share.ts";
import type { CheckFinding, CheckNotice, CheckReport } from "./types.ts";

const MAX_FINDINGS = 1000;

/** What is there, to be held against what was. */
export interface ComparedWithRecord {
  readonly inventory: Inventory;
  readonly keys: readonly Id[];
  readonly record: CheckRecord | undefined;
  readonly removed: ReadonlySet<Id> | undefined;
}

/** Gathers what a check finds, and what of it costs blobs. */
export class Findings {
  readonly damage: Damage;
  /** Packs to be read because something about them is wrong. */
  readonly suspects: Set<Id> = new Set();
  readonly #findings: CheckFinding[] = [];
  readonly #notices: CheckNotice[] = [];
  #count = 0;

  constructor(index: BlobIndex) {
    this.damage = new Damage(index);
  }

  get count(): number {
    return this.#count;
  }

  report(): Pick<CheckReport, "findings" | "findingsOmitted" | "notices"> {
    const findingsOmitted = this.#count - this.#findings.length;
    return { findings: this.#findings, findingsOmitted, notices: this.#notices };
  }

  add(finding: CheckFinding): void {
    this.#count += 1;
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
  }

  notice(code: CheckNotice["code"], message: string): void {
    this.#notices.push({ code, message });
  }

  /** @returns the keys that are there */
  async addKeys({ keys }: Pick<Repository, "keys">, options: CallOptions): Promise<Id[]> {
    const found: Id[] = [];
    for await (const { id, problem } of keys.list(options)) {
      found.push(id);
      if (problem !== undefined) this.add({ code: "key-damaged", message: problem.message, id });
    }
    return found;
  }

  /** Holds the repository against what the last check saw. What nobody has removed is missing; what its owner may have removed is a notice. */
  addRecord({ id, version, chunkerPolynomial }: RepositoryConfig, now: ComparedWithRecord): void {
    const { record, keys, removed } = now;
    const { snapshots } = now.inventory;
    if (record === undefined) return;
    const isOther = record.repositoryId !== id || version < record.version;
    if (isOther || record.chunkerPolynomial !== chunkerPolynomial.toString(16)) {
      const message = `config is another than at the last check (repository ${shortId(record.repositoryId)}, version ${record.version})`;
      this.add({ code: "config-changed", message, id });
    }
    const there = new Set([...snapshots.snapshots, ...snapshots.problems].map((each) => each.id));
    this.#addGone("snapshot", missing(record.snapshots, there), removed);
    this.#addGone("key", missing(record.keys, new Set(keys)), removed);
  }

  addMissingPack(packId: Id): void {
    this.damage.addPack(packId);
    this.add({ code: "pack-missing", message: `pack ${shortId(packId)} is missing`, id: packId });
  }

  addPackSize(packId: Id, expected: number, found: number): void {
    this.suspects.add(packId);
    const message = `pack ${shortId(packId)} has ${formatSize(found)} (${found} bytes), by the index ${expected}`;
    this.add({ code: "pack-size", message, id: packId });
  }

  addPackReading(packId: Id, { problems }: PackReading): void {
    for (const { message, blob } of problems) {
      if (blob === undefined) {
        this.add({ code: "pack-damaged", message, id: packId });
        continue;
      }
      this.damage.addPlace({ ...blob, packId });
      this.add({ code: "blob-damaged", message, id: blob.id, packId });
    }
  }

  addMissingBlob({ type, id }: BlobHandle, where: string): void {
    const message = `${type} blob ${shortId(id)} stands in no index; ${where} needs it`;
    this.add({ code: "blob-missing", message, id });
  }

  #addGone(what: "snapshot" | "key", gone: readonly Id[], removed?: ReadonlySet<Id>): void {
    if (removed === undefined) {
      this.#noticeGone(what, gone);
      return;
    }
    for (const id of gone.filter((each) => !removed.has(each))) {
      const message = `${what} ${shortId(id)} was there at the last check and is missing: Clawback has not removed it`;
      this.add({ code: `${what}-missing`, message, id });
    }
  }

  #noticeGone(what: "snapshot" | "key", gone: readonly Id[]): void {
    if (gone.length === 0) return;
    const named = gone.slice(0, 10).map((id) => shortId(id));
    const more = gone.length > named.length ? ", …" : "";
    this.notice(
      `${what}-gone`,
      `${count(gone.length, what)} of the last check ${gone.length === 1 ? "is" : "are"} gone: ${named.join(", ")}${more}`,
    );
  }
}

function missing(before: readonly Id[], there: ReadonlySet<Id>): Id[] {
  return before.filter((id) => !there.has(id));
}
