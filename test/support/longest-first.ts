import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests across parts are short to read and long to run: browser walks, certifications, simulations, whole starts. */
const acrossParts = /\/test\/(?!support\/)/;

/**
 * Runs tests across parts before the others. By itself vitest begins, where it has no memory of an earlier run, with the
 * longest text, and one worker then walks through the browser at the end while the other stands idle.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = sorted.filter(({ moduleId }) => acrossParts.test(moduleId));
    return [...first, ...sorted.filter((file) => !first.includes(file))];
  }
}
