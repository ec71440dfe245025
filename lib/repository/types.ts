/** SHA-256 as 64 lowercase hex digits. Names a blob by its plaintext, and every stored file by its stored bytes. */
export type Id = string;

/** What a blob holds: a piece of a file, or a directory's listing. They never share a pack. */
export type BlobType = "data" | "tree";

/** Names a blob: data and tree blobs of equal bytes are two blobs. */
export interface BlobHandle {
  readonly type: BlobType;
  readonly id: Id;
}

/** Where a blob lies in its pack. */
export interface BlobPlace {
  readonly offsetBytes: number;
  /** As stored: encrypted, with its 32 bytes of overhead. */
  readonly lengthBytes: number;
  /** Of the plaintext; undefined for a blob that is stored uncompressed (its plaintext has `lengthBytes - 32`). */
  readonly uncompressedBytes: number | undefined;
}

/** An entry of a pack's header. */
export interface PackBlob extends BlobHandle, BlobPlace {}

/** An entry of an index. */
export interface IndexedBlob extends PackBlob {
  readonly packId: Id;
}

/** A pack and what it holds, in the order of its bytes: what its header says, and one element of an index file. */
export interface PackContents {
  readonly packId: Id;
  readonly blobs: readonly PackBlob[];
}

/** The kinds of stored files that are named by the hash of their stored bytes, and the folder each is in. */
export type FileKind = "key" | "lock" | "snapshot" | "index" | "pack";

/** The master key of a repository: what all of its files are encrypted with. */
export interface MasterKey {
  /** 32 bytes for AES-256-CTR. */
  readonly encrypt: Uint8Array;
  /** 16 bytes: AES-128 key that turns an IV into the second half of a Poly1305 key. */
  readonly macK: Uint8Array;
  /** 16 bytes: the first half, clamped or not. */
  readonly macR: Uint8Array;
}

/** Encrypts and authenticates with one master key: `IV(16) ‖ AES-256-CTR ‖ MAC(16)`. Synchronous and not to be shared between threads. */
export interface Sealer {
  /** Writes the sealed form of `plaintext` into `target` at `offsetBytes` (32 bytes longer than the plaintext). @returns bytes written */
  sealInto(plaintext: Uint8Array, target: Uint8Array, offsetBytes: number): number;
  seal(plaintext: Uint8Array): Buffer;
  /** @throws BackupError `data-corrupt` when too short, or the MAC does not hold */
  open(sealed: Uint8Array): Buffer;
}

/** What all bytes of a sealed unit cost beyond its plaintext. */
export const SEAL_OVERHEAD_BYTES = 32;

/** The repository's own settings, from its `config` object. */
export interface RepositoryConfig {
  readonly version: 1 | 2;
  readonly id: Id;
  /** Of degree 53, irreducible. */
  readonly chunkerPolynomial: bigint;
}
