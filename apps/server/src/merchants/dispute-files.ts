import { createHash } from "node:crypto";
import { maxEvidenceFiles } from "@jinqiao/contract";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { FileAnswer } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import { type Vault, VaultError } from "../vault/index.ts";
import { isHeld } from "./dispute-lifecycle.ts";
import { type DisputeRow, type DisputeSide, disputePlace, type FileRow } from "./dispute-rows.ts";
import * as sql from "./dispute-sql.ts";

type MediaType = FileRow["media_type"];

/** Longest side of a picture, and most pixels: what a small file may unfold to when it is opened. */
const maxSide = 16_000;
const maxPixels = 50_000_000;

/**
 * What a file is by its own bytes, never by its name: PDF (ISO 32000-1, 7.5.2 and 7.5.5), PNG (W3C PNG, 5.2 and 11.2.2),
 * JPEG (ITU-T T.81, B.2.2). Nothing is unpacked; of pictures the declared size is read.
 * @throws Refusal `dispute.file_kind`, `dispute.file_pixels`
 */
export function mediaTypeOf(bytes: Uint8Array): MediaType {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.subarray(0, 5).toString("latin1") === "%PDF-") {
    if (!data.subarray(-1_024).includes("%%EOF")) throw new Refusal("dispute.file_kind");
    return "application/pdf";
  }
  const size = pngSize(data) ?? jpegSize(data);
  if (size === undefined) throw new Refusal("dispute.file_kind");
  const { width, height } = size;
  if (width === 0 || height === 0) throw new Refusal("dispute.file_kind");
  if (width > maxSide || height > maxSide || width * height > maxPixels)
    throw new Refusal("dispute.file_pixels");
  return size.type;
}

type Picture = { type: MediaType; width: number; height: number };

function pngSize(data: Buffer): Picture | undefined {
  const begins = data.subarray(0, 16).toString("hex") === "89504e470d0a1a0a0000000d49484452";
  if (!begins || data.length < 33) return undefined;
  return { type: "image/png", width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}

/** Walks the segments up to the frame header (SOF); the marks of a restart and of arithmetic tables are none. */
function jpegSize(data: Buffer): Picture | undefined {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return undefined;
  let at = 2;
  // Each turn moves on by at least one segment of four bytes.
  while (at + 9 < data.length) {
    if (data[at] !== 0xff) return undefined;
    const marker = data[at + 1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = data.readUInt16BE(at + 2);
    if (length < 2) return undefined;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return { type: "image/jpeg", height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) };
    at += 2 + length;
  }
  return undefined;
}

type FileView = {
  id: FileRow["id"];
  name: string;
  mediaType: MediaType;
  size: number;
  sha256: string;
  addedAt: string;
};

const erasedFileName = "已删除 Erased";

export function createDisputeFiles(deps: { db: Db; vault: Vault; ids: Ids; clock: Clock }) {
  const { db, vault } = deps;

  /** The subjects' keys of the rows must be ready. */
  function viewOf(row: FileRow): FileView {
    return {
      id: row.id,
      name: openOr(vault, disputePlace("dispute_file", "name_sealed", row), row.name_sealed, erasedFileName),
      mediaType: row.media_type,
      size: row.size,
      sha256: row.sha256,
      addedAt: row.at.toISOString(),
    };
  }

  return {
    viewOf,

    /**
     * Keeps a file of one side, sealed. The payer's belong to what they said at the opening; the merchant's wait for
     * the answer. The same file is kept once.
     */
    async add(dispute: DisputeRow, side: DisputeSide, name: string, bytes: Uint8Array): Promise<FileView> {
      const mediaType = mediaTypeOf(bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const subjectId = side === "payer" ? dispute.customer_id : null;
      if (subjectId) await vault.ready({ subjects: [subjectId] });
      return db.transaction(async (tx) => {
        const now = await sql.lockDispute(tx, dispute.id);
        if (now === undefined) throw new Refusal("request.not_found");
        const files = (await sql.selectFiles(tx, [dispute.id])).filter((file) => file.side === side);
        const same = files.find((file) => file.sha256 === sha256);
        if (same) return viewOf(same);
        if (!mayAdd(now, side)) throw new Refusal("dispute.not_open");
        if (files.length >= maxEvidenceFiles) throw new Refusal("dispute.too_many_files");
        const statement =
          side === "payer"
            ? (await sql.selectStatements(tx, [dispute.id])).find((one) => one.side === "payer")
            : undefined;
        const id = deps.ids.next("evd");
        const row = { id, subject_id: subjectId };
        const file = {
          ...row,
          dispute_id: dispute.id,
          side,
          statement_id: statement?.id ?? null,
          name_sealed: vault.seal(disputePlace("dispute_file", "name_sealed", row), name),
          content_sealed: vault.seal(disputePlace("dispute_file", "content_sealed", row), bytes),
          media_type: mediaType,
          size: bytes.byteLength,
          sha256,
          at: deps.clock.now(),
        };
        await sql.insertFile(tx, file);
        return viewOf(file);
      });
    },

    /** Removes a file that was not sent yet. */
    async removeDraft(dispute: DisputeRow, fileId: string): Promise<void> {
      await db.transaction((tx) => sql.deleteDraft(tx, dispute.id, fileId));
    },

    /**
     * The file itself, for who may see it.
     * @param seenBy drafts of the merchant are the merchant's alone
     * @throws Refusal `request.not_found`
     */
    async read(dispute: DisputeRow, fileId: string, seenBy: "merchant" | "others"): Promise<FileAnswer> {
      const row = await sql.selectFileContent(db, dispute.id, fileId);
      const isDraft = row?.side === "merchant" && row.statement_id === null;
      if (row === undefined || (isDraft && seenBy !== "merchant")) throw new Refusal("request.not_found");
      if (row.subject_id) await vault.ready({ subjects: [row.subject_id] });
      const { name, mediaType } = viewOf(row);
      try {
        const bytes = vault.openBytes(
          disputePlace("dispute_file", "content_sealed", row),
          row.content_sealed,
        );
        return { name, asciiName: `${row.id}.${extensions[mediaType]}`, mediaType, content: once(bytes) };
      } catch (error) {
        if (error instanceof VaultError && error.shredded) throw new Refusal("request.not_found");
        throw error;
      }
    },
  };
}
export type DisputeFiles = ReturnType<typeof createDisputeFiles>;

const extensions: Record<MediaType, string> = {
  "application/pdf": "pdf",
  "image/png": "png",
  "image/jpeg": "jpg",
};

/** The payer adds while nothing is decided, the merchant while an answer may follow. */
export function mayAdd(dispute: DisputeRow, side: DisputeSide): boolean {
  if (dispute.final || dispute.decision !== null) return false;
  if (side === "payer") return isHeld(dispute);
  return dispute.status === "needs_response" || (dispute.status === "lost" && dispute.stage === "first");
}

/** Opens a sealed text; `erased` where its person was erased. */
export function openOr<Erased extends string | null>(
  vault: Vault,
  place: Parameters<Vault["open"]>[0],
  sealed: string,
  erased: Erased,
): string | Erased {
  try {
    return vault.open(place, sealed);
  } catch (error) {
    if (error instanceof VaultError && error.shredded) return erased;
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
