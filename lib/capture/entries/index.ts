/**
 * Turns one thing met on the walk into entries of the stream: files read while others write them, databases through SQLite, links.
 *
 * @module
 */
export { dirEntry, type Entries, entriesFor } from "./entry.ts";
