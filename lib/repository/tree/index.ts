/**
 * Trees and their nodes: what a directory held, as restic stores it, byte for byte.
 *
 * A tree is named by the hash of its text, so the text is made exactly as restic makes it, and an unchanged directory costs nothing
 * whoever wrote it first. Names and link targets are texts in which every byte survives (`bytesOfText` of `base`); modes are Go's, times keep
 * their zone and nanoseconds, numbers of 64 bits are bigints, and fields of later versions are kept. Nothing here loads or saves.
 *
 * @see restic doc/design.rst, "Trees and Data"
 * @module
 */
export { createNode, type FileFacts, type NodeContent } from "./create-node.ts";
export { decodeTree, type TreeLimits } from "./decode-tree.ts";
export { encodeNode } from "./encode-node.ts";
export { modeOf, permissionsOf } from "./mode.ts";
export { sortNodes } from "./order.ts";
export { encodeTree, TreeBuilder } from "./tree-builder.ts";
export type { ExtendedAttribute, Node, NodeType, Tree } from "./types.ts";
export { type WalkedNode, type WalkTreeOptions, walkTree } from "./walk.ts";
