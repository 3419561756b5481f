import { afterAll, beforeAll, expect, it } from "vitest";
import { Refusal } from "../platform/errors.ts";
import { mediaTypeOf } from "./dispute-files.ts";
import { createDisputesWorld, type DisputesWorld } from "./testing/disputes-world.ts";

let world: DisputesWorld;
beforeAll(async () => {
  world = await createDisputesWorld();
});
afterAll(() => world.close());

const pdf = (text = "") => Buffer.from(`%PDF-1.7\n${text}\n%%EOF\n`, "latin1");
function png(width: number, height: number): Buffer {
  const data = Buffer.alloc(64);
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").copy(data);
  data.writeUInt32BE(width, 16);
  data.writeUInt32BE(height, 20);
  return data;
}
/** A JPEG with a comment before the frame header, as cameras write them. */
function jpeg(width: number, height: number): Buffer {
  const data = Buffer.alloc(64);
  Buffer.from("ffd8fffe000431320a", "hex").copy(data, 0, 0, 8);
  Buffer.from("ffc0001108", "hex").copy(data, 8);
  data.writeUInt16BE(height, 13);
  data.writeUInt16BE(width, 15);
  return data;
}
const codeOf = async (run: () => unknown): Promise<string> => {
  try {
    await run();
    return "done";
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

it("tells files by their bytes and never by their names", () => {
  expect(mediaTypeOf(pdf())).toBe("application/pdf");
  expect(mediaTypeOf(png(800, 600))).toBe("image/png");
  expect(mediaTypeOf(jpeg(4_000, 3_000))).toBe("image/jpeg");
});

it.each([
  ["nothing", Buffer.alloc(0), "dispute.file_kind"],
  ["a page with a script", Buffer.from("<html><script>alert(1)</script></html>"), "dispute.file_kind"],
  ["a picture made of text", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "dispute.file_kind"],
  ["an archive", Buffer.from("504b0304", "hex"), "dispute.file_kind"],
  ["a program", Buffer.from("4d5a9000", "hex"), "dispute.file_kind"],
  ["a PDF cut short", Buffer.from("%PDF-1.7\n1 0 obj"), "dispute.file_kind"],
  ["a PNG without a size", Buffer.from("89504e470d0a1a0a", "hex"), "dispute.file_kind"],
  [
    "a JPEG that never gets to its frame",
    Buffer.from(`ffd8${"ff".repeat(5_000)}`, "hex"),
    "dispute.file_kind",
  ],
  [
    "a JPEG with an impossible segment",
    Buffer.from("ffd8ffe00000000000000000000000", "hex"),
    "dispute.file_kind",
  ],
  ["a PNG that unfolds to gigabytes", png(60_000, 60_000), "dispute.file_pixels"],
  ["a PNG of one endless line", png(2_000_000_000, 1), "dispute.file_pixels"],
  ["a JPEG of as many pixels", jpeg(65_535, 65_535), "dispute.file_pixels"],
  ["an empty picture", png(0, 10), "dispute.file_kind"],
])("%s is refused", async (_what, bytes, code) => {
  expect(await codeOf(() => mediaTypeOf(bytes))).toBe(code);
});

it("keeps evidence sealed, once, at most ten a side; drafts are the merchant's alone until they are sent", async () => {
  const merchant = world.newMerchant();
  const intent = await world.buy(merchant, { amount: 100n });
  const { files, open, move, byId } = world.disputes;
  const text = "The vase came in pieces, see the photographs.";
  const { id } = await open(intent.id, world.request(), { reason: "product_unacceptable", text }, () => null);
  const dispute = await byId(id);
  const own = await files.add(dispute, "payer", "vase 花瓶.pdf", pdf("one secret word"));
  expect(own).toMatchObject({ name: "vase 花瓶.pdf", mediaType: "application/pdf" });
  expect((await files.add(dispute, "payer", "again.pdf", pdf("one secret word"))).id).toBe(own.id);
  const draft = await files.add(dispute, "merchant", "delivery.pdf", pdf("delivered"));
  for (let count = 1; count < 10; count += 1) await files.add(dispute, "merchant", "x.pdf", pdf(`${count}`));
  expect(await codeOf(() => files.add(dispute, "merchant", "x.pdf", pdf("eleventh")))).toBe(
    "dispute.too_many_files",
  );
  expect(await codeOf(() => files.read(dispute, draft.id, "others"))).toBe("request.not_found");
  const [stored] = await world.db.query<{ all: string }>(
    "SELECT string_agg(f::text, '') || (SELECT string_agg(s::text, '') FROM merchants.dispute_statement s) AS all FROM merchants.dispute_file f",
  );
  for (const word of ["secret", "vase", "花瓶", "delivery", "pieces"])
    expect(stored?.all).not.toContain(word);

  await move(id, "answered", "merchant", { statement: { side: "merchant", text: "Delivered on Tuesday." } });
  const read = await files.read(await byId(id), draft.id, "others");
  const chunks: Uint8Array[] = [];
  for await (const chunk of read.content) chunks.push(chunk as Uint8Array);
  expect(Buffer.concat(chunks).toString("latin1")).toContain("delivered");
  expect(await codeOf(async () => files.add(await byId(id), "merchant", "late.pdf", pdf("late")))).toBe(
    "dispute.not_open",
  );
  // What was sent stays.
  await files.removeDraft(await byId(id), draft.id);
  expect((await files.read(await byId(id), draft.id, "others")).mediaType).toBe("application/pdf");
});
