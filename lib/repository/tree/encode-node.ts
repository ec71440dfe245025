import { bytesOfText } from "../../base/index.ts";
import { encodeGoJson, encodeGoString, type JsonObject } from "../go-json/index.ts";
import { goQuote } from "./go-quote.ts";
import type { ExtendedAttribute, Node } from "./types.ts";

/**
 * Encodes one node to exactly the text that restic writes for the same facts: its keys in its order, zero and empty values left out.
 * Field by field and not by a table, because a first snapshot encodes some ten thousand of them.
 * @see restic internal/data/node.go, `Node`
 */
export function encodeNode(node: Node): string {
  let json = `{"name":${encodeGoString(goQuote(node.name))},"type":"${node.type}"`;
  if (node.mode !== 0) json += `,"mode":${node.mode}`;
  json += `,"mtime":"${node.mtime}","atime":"${node.atime}","ctime":"${node.ctime}"`;
  json += `,"uid":${node.uid},"gid":${node.gid}`;
  if (node.user) json += `,"user":${encodeGoString(node.user)}`;
  if (node.group) json += `,"group":${encodeGoString(node.group)}`;
  if (node.inode) json += `,"inode":${node.inode}`;
  if (node.deviceId) json += `,"device_id":${node.deviceId}`;
  if (node.sizeBytes) json += `,"size":${node.sizeBytes}`;
  if (node.links) json += `,"links":${node.links}`;
  if (node.linkTarget) json += encodeLinkTarget(node.linkTarget);
  if (node.extendedAttributes?.length) json += encodeAttributes(node.extendedAttributes);
  if (node.genericAttributes && Object.keys(node.genericAttributes).length > 0) {
    json += `,"generic_attributes":${encodeGoJson(node.genericAttributes)}`;
  }
  if (node.device) json += `,"device":${node.device}`;
  json += `,"content":${encodeContent(node.content)}`;
  if (node.subtree !== undefined) json += `,"subtree":"${node.subtree}"`;
  if (node.error) json += `,"error":${encodeGoString(node.error)}`;
  if (node.unknown !== undefined) json += encodeUnknown(node.unknown);
  return `${json}}`;
}

/** `linktarget_raw` holds the bytes of a target that is not UTF-8; restic before 0.17 had only the damaged text. */
function encodeLinkTarget(target: string): string {
  const text = `,"linktarget":${encodeGoString(target)}`;
  if (target.isWellFormed()) return text;
  return `${text},"linktarget_raw":"${bytesOfText(target).toString("base64")}"`;
}

function encodeAttributes(attributes: readonly ExtendedAttribute[]): string {
  const encoded = attributes.map(({ name, value }) => {
    return `{"name":${encodeGoString(name)},"value":${value === null ? "null" : `"${value}"`}}`;
  });
  return `,"extended_attributes":[${encoded.join(",")}]`;
}

function encodeContent(content: Node["content"]): string {
  if (content === null) return "null";
  return content.length === 0 ? "[]" : `["${content.join('","')}"]`;
}

/** `,"key":value` for every field. */
export function encodeUnknown(fields: JsonObject): string {
  const encoded = Object.entries(fields).map(
    ([key, value]) => `,${encodeGoString(key)}:${encodeGoJson(value)}`,
  );
  return encoded.join("");
}
