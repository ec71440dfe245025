/**
 * JSON as Go's encoding/json writes it (Go 1.22 and later, as restic is built today), and read with nothing lost.
 *
 * Trees are named by the hash of their text, so every escape has to be Go's: `<`, `>`, `&`, U+2028 and U+2029 as `\u`, invalid UTF-8
 * as `\ufffd`. (Go before 1.22, as in Debian's restic 0.14, writes backspace and form feed as `\u0008` and `\u000c`; names never hold
 * one here, because they are quoted first.) Numbers that a double cannot hold exactly keep their text.
 *
 * @module
 */
export { encodeGoJson, encodeGoString } from "./encode.ts";
export { isShallow, readUint64 } from "./kept.ts";
export { type JsonLimits, type JsonObject, parseExactJson } from "./parse.ts";
