/**
 * Writes archives.
 *
 * `write-archive.ts` joins the stages: `archive-writer.ts` and `entry-writer.ts` turn captured entries into tar entries and list lines,
 * `tar-sink.ts` drives archiver (`tar-pack.ts`) and cuts its bytes (`member-cutter.ts`), `compress.ts` makes each cut one gzip member.
 * `manifest.ts`, `assets.ts` and `links.ts` say what OpenClaw's verify wants to be told.
 *
 * @module
 */
export { writeArchive } from "./write-archive.ts";
