import { readFileSync } from "node:fs";
import jpeg from "jpeg-js";
import { describe, expect, it } from "vitest";
import { modulesOf, type Picture, textOfPicture } from "./image.ts";
import { QrError } from "./qr-error.ts";

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

describe("a code in a photograph", () => {
  it.each([0, 7, 20, -20, 90])("turned by %s degrees, with 30 %% JPEG, is read", (degrees) => {
    const { payload = "" } = samples[0] ?? {};
    expect(textOfPicture(throughJpeg(photograph(payload, degrees), 30))).toBe(payload);
  });
  it.each(samples)("$name is read from a picture", ({ payload }) => {
    expect(textOfPicture(photograph(payload, 0, 4))).toBe(payload);
  });
  it("a picture without a code says so", () => {
    const grey = { width: 200, height: 200, data: new Uint8Array(200 * 200 * 4).fill(128) };
    expect(() => textOfPicture(grey)).toThrow(QrError);
    expect(() => textOfPicture({ ...grey, data: new Uint8Array(4) })).toThrow(QrError);
  });
});
