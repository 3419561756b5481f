import { readFileSync } from "node:fs";
import jpeg from "jpeg-js";
import { describe, expect, it } from "vitest";
import { modulesOf, type Picture, textOfPicture } from "./image.ts";
import { encodeMerchantCode } from "./merchant.ts";
import { ownAccount } from "./own-codes.ts";
import { QrError } from "./qr-error.ts";
import { signMerchantCode } from "./signature.ts";

const samples = JSON.parse(
  readFileSync(new URL("../../../vectors/emvco-qr/samples.json", import.meta.url), "utf8"),
) as { name: string; payload: string }[];

/** A photograph: the code printed on grey paper, turned by some degrees. */
function photograph(text: string, degrees: number, scale = 6): Picture {
  const modules = modulesOf(text);
  const [size, side] = [modules.length * scale, Math.ceil(modules.length * scale * 1.5)];
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const data = new Uint8Array(side * side * 4);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const [dx, dy] = [x - side / 2, y - side / 2];
      const [u, v] = [cos * dx + sin * dy + size / 2, cos * dy - sin * dx + size / 2];
      const inside = u >= 0 && v >= 0 && u < size && v < size;
      const dark = inside && modules[Math.floor(v / scale)]?.[Math.floor(u / scale)];
      const light = inside ? 235 : 190;
      data.set([dark ? 30 : light, dark ? 30 : light, dark ? 35 : light, 255], (y * side + x) * 4);
    }
  return { width: side, height: side, data };
}

const throughJpeg = (picture: Picture, quality: number): Picture =>
  jpeg.decode(jpeg.encode({ ...picture, data: Buffer.from(picture.data) }, quality).data, {
    useTArray: true,
  });

/** As long as our codes become: an id, names in two languages, a signature. */
const signedCode = () =>
  signMerchantCode(
    {
      initiation: "static",
      accounts: [ownAccount({ kind: "static", codeId: "qrc_01jd8c0v5k3m7q9r2t4w6x8y0z" })],
      category: "5814",
      currency: "CNY",
      amount: undefined,
      tip: undefined,
      country: "CN",
      name: "Willow Lane Tea House",
      city: "Hangzhou",
      postalCode: undefined,
      additional: undefined,
      translated: { language: "ZH", name: "柳巷茶馆西湖总店", city: undefined },
      own: [],
      reserved: [],
    },
    { id: "k3m7q9r2t4w6", sign: () => Uint8Array.from({ length: 64 }, (_, at) => (at * 37 + 11) % 256) },
  );

describe("a code in a photograph", () => {
  it.each([0, 7, 20, -20, 90])("turned by %s degrees, with 30 percent JPEG, is read", (degrees) => {
    const { payload = "" } = samples[0] ?? {};
    expect(textOfPicture(throughJpeg(photograph(payload, degrees), 30))).toBe(payload);
  });
  it.each([0, 7, 20, -20, 45, 90])(
    "a signed code of ours, with a Chinese name, turned by %s degrees, with 30 percent JPEG, is read",
    async (degrees) => {
      const text = encodeMerchantCode(await signedCode());
      expect(text.length).toBeGreaterThan(250);
      expect(textOfPicture(throughJpeg(photograph(text, degrees), 30))).toBe(text);
    },
  );
  it.each(samples)("$name is read from a picture", ({ payload }) => {
    expect(textOfPicture(photograph(payload, 0, 4))).toBe(payload);
  });
  it("a picture without a code says so", () => {
    const grey = { width: 200, height: 200, data: new Uint8Array(200 * 200 * 4).fill(128) };
    expect(() => textOfPicture(grey)).toThrow(QrError);
    expect(() => textOfPicture({ ...grey, data: new Uint8Array(4) })).toThrow(QrError);
  });
});
