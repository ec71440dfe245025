import { BackupError } from "../../base/index.ts";
import { encodeNode, encodeUnknown } from "./encode-node.ts";
import { faultOfOrder } from "./order.ts";
import type { Node, Tree } from "./types.ts";

/** Encoded text is turned into bytes in pieces of about this many characters. */
const PIECE_CHARACTERS = 256 * 1024;

/**
 * Puts nodes together to the exact bytes of a tree blob: `{"nodes":[…]}` and a final newline.
 *
 * Names come strictly ascending by their bytes; anything else is a mistake of the caller, found here before it is stored.
 */
export class TreeBuilder {
  readonly #pieces: Buffer[] = [];
  #text = '{"nodes":[';
  #lastName = "";

  add(node: Node): void {
    this.addEncoded(node.name, encodeNode(node));
  }

  /** Adds a node that was encoded before, as for an unchanged file. `encoded` is what `encodeNode` gave for this name. */
  addEncoded(name: string, encoded: string): void {
    const fault = faultOfOrder(name, this.#lastName);
    if (fault !== undefined) throw new BackupError("internal", `tree: ${fault}`);
    this.#text += this.#lastName === "" ? encoded : `,${encoded}`;
    this.#lastName = name;
    if (this.#text.length >= PIECE_CHARACTERS) this.#flush();
  }

  /** The bytes of the blob; the builder is used up. */
  finish(unknown: Tree["unknown"] = undefined): Buffer {
    this.#text += unknown === undefined ? "]}\n" : `]${encodeUnknown(unknown)}}\n`;
    this.#flush();
    const [only] = this.#pieces;
    return this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
  }

  #flush(): void {
    this.#pieces.push(Buffer.from(this.#text, "utf8"));
    this.#text = "";
  }
}

/** Encodes a whole tree; see {@link TreeBuilder}. The inverse of `decodeTree`. */
export function encodeTree(tree: Tree): Buffer {
  const builder = new TreeBuilder();
  for (const node of tree.nodes) builder.add(node);
  return builder.finish(tree.unknown);
}
