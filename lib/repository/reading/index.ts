/**
 * Reading what snapshots hold, much of it at a time.
 *
 * `listNodes` gives every node of a tree, a whole level of directories in a few requests. `readFiles` gives the content of many files in the order
 * in which it lies in packs, so that each pack is read once and nearly from end to end, whatever the order of the tree was. Both hold a
 * bounded amount of content in memory; every byte that they give has been compared with the hash that names it.
 *
 * @module
 */
export { type FileContent, type OpenedFile, type ReadFilesOptions, readFiles } from "./files.ts";
export { type ListedNode, type ListNodesOptions, listNodes } from "./nodes.ts";
export { isSameContent } from "./same-content.ts";
