import type { Id } from "../types.ts";

const ID_WORDS = 8;
/** Records are kept in pieces of so many, because doubling one array would leave half of it unused. */
const SEGMENT_RECORDS = 1024;
/** Records for each bucket at most; so a search for what is not there looks at 1.5 on average. */
const MAX_LOAD = 1.5;
const NONE = 0;

/**
 * Records that begin with an id and have some 32-bit numbers more, found by the id. Several may have the same id. Records are
 * numbered from 0 in the order in which they were added, and never removed.
 *
 * A record is id (8 words), the next record of the same bucket (1 word, counted from 1), and the numbers. Buckets are chosen by the
 * first word of the id, which is as random as SHA-256.
 */
export class RecordTable {
  readonly #recordWords: number;
  readonly #segments: Uint32Array[] = [];
  #buckets = new Uint32Array(64);
  #count = 0;

  /** @param numbers - How many numbers each record has. */
  constructor(numbers: number) {
    this.#recordWords = ID_WORDS + 1 + numbers;
  }

  get count(): number {
    return this.#count;
  }

  /** What the table takes in memory. */
  get sizeBytes(): number {
    const segmentBytes = SEGMENT_RECORDS * this.#recordWords * 4;
    return this.#segments.length * segmentBytes + this.#buckets.byteLength;
  }

  /** @param id - 64 hex digits; nothing else may come here. */
  add(id: Id, ...numbers: readonly number[]): void {
    if (this.#count >= this.#buckets.length * MAX_LOAD) this.#grow();
    if (this.#count % SEGMENT_RECORDS === 0) {
      this.#segments.push(new Uint32Array(SEGMENT_RECORDS * this.#recordWords));
    }
    const record = this.#count++;
    const segment = this.#segmentOf(record);
    const at = this.#wordOf(record);
    parseId(id);
    segment.set(SOUGHT, at);
    segment.set(numbers, at + ID_WORDS + 1);
    this.#link(record);
  }

  /** The number of a record with this id, and then {@link RecordTable.next | the next}; -1 when there is none. */
  first(id: Id): number {
    if (!parseId(id)) return -1;
    return this.#match((this.#buckets[this.#bucketOf(SOUGHT[0] as number)] as number) - 1);
  }

  /** The next record with the id of this one. No other id may be looked up in between. */
  next(record: number): number {
    return this.#match(this.#follow(record));
  }

  idOf(record: number): Id {
    const { buffer } = this.#segmentOf(record);
    return Buffer.from(buffer, this.#wordOf(record) * 4, ID_WORDS * 4).toString("hex");
  }

  /** One of a record's numbers, from 0. */
  numberOf(record: number, number: number): number {
    return this.#segmentOf(record)[this.#wordOf(record) + ID_WORDS + 1 + number] as number;
  }

  #match(from: number): number {
    for (let record = from; record >= 0; record = this.#follow(record)) {
      const segment = this.#segmentOf(record);
      const at = this.#wordOf(record);
      let word = 0;
      while (word < ID_WORDS && segment[at + word] === SOUGHT[word]) word++;
      if (word === ID_WORDS) return record;
    }
    return -1;
  }

  #follow(record: number): number {
    return (this.#segmentOf(record)[this.#wordOf(record) + ID_WORDS] as number) - 1;
  }

  #link(record: number): void {
    const segment = this.#segmentOf(record);
    const at = this.#wordOf(record);
    const bucket = this.#bucketOf(segment[at] as number);
    segment[at + ID_WORDS] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = record + 1;
  }

  #grow(): void {
    this.#buckets = new Uint32Array(this.#buckets.length * 2).fill(NONE);
    for (let record = 0; record < this.#count; record++) this.#link(record);
  }

  #bucketOf(firstWord: number): number {
    return firstWord & (this.#buckets.length - 1);
  }

  #segmentOf(record: number): Uint32Array<ArrayBuffer> {
    return this.#segments[Math.floor(record / SEGMENT_RECORDS)] as Uint32Array<ArrayBuffer>;
  }

  #wordOf(record: number): number {
    return (record % SEGMENT_RECORDS) * this.#recordWords;
  }
}

/** The id that is being looked for, as words; in one place, because this is called for every blob of every file. */
const SOUGHT_BYTES = Buffer.allocUnsafeSlow(ID_WORDS * 4);
const SOUGHT = new Uint32Array(SOUGHT_BYTES.buffer);

function parseId(id: Id): boolean {
  return id.length === ID_WORDS * 8 && SOUGHT_BYTES.write(id, "hex") === ID_WORDS * 4;
}
