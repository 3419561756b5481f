import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";

/** What Vite asks of a plugin, as far as this one goes; so that this package needs no Vite. */
type TextsPlugin = {
  name: string;
  apply: "build";
  enforce: "pre";
  transform(code: string, id: string): string | undefined;
};

const catalogueFile = /\/locales\/(?:[a-z-]+\/)?(?:en|zh)\.ts$/;
/** `  "some.id": "text",` with or without a line break before the text, as the formatter writes it. */
const entry = /^( {2}"[^"\n]+":)\s+("(?:[^"\\\n]|\\.)*"),$/gm;

/**
 * Compiles the texts of catalogues while an app is built: the parser of ICU MessageFormat, a tenth of the first page's
 * script, then stays out of the browser. While developing, Lingui compiles them as they are shown.
 * @throws Error when a text does not parse or an entry is written in a way this does not read
 */
export function compiledTexts(): TextsPlugin {
  return {
    name: "jinqiao:compiled-texts",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      if (!catalogueFile.test(id.replaceAll("\\", "/"))) return undefined;
      let compiled = 0;
      const output = code.replace(entry, (_, key: string, text: string) => {
        compiled += 1;
        return `${key} ${JSON.stringify(compileMessageOrThrow(JSON.parse(text) as string))},`;
      });
      const entries = code.match(/^ {2}"[^"\n]+":/gm)?.length ?? 0;
      if (compiled !== entries) throw new Error(`${id}: ${entries - compiled} texts could not be read`);
      return output;
    },
  };
}
