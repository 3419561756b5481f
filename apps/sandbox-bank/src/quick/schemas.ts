/** Messages are checked with the published JSON Schemas (vectors/quick-payment), in and, for tests, out. */
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

const FOLDER = new URL("../../../../vectors/quick-payment/", import.meta.url);

export interface Schemas {
  /** What is wrong with a message, in a few words, or `undefined`. Throws when no such schema is published. */
  finding(name: string, message: unknown): string | undefined;
}

export function loadSchemas(): Schemas {
  const ajv = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true, strictRequired: false });
  formats.default(ajv);
  const names = readdirSync(FOLDER).filter((file) => file.endsWith(".schema.json"));
  for (const file of names) ajv.addSchema(JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")));
  const compiled = new Map<string, ValidateFunction>();
  return {
    finding(name, message) {
      let validate = compiled.get(name);
      if (validate === undefined) {
        validate = ajv.getSchema(`https://jinqiao.example/quick-payment/1/${name}.schema.json`);
        if (validate === undefined) throw new Error(`no schema is published for ${name}`);
        compiled.set(name, validate);
      }
      if (validate(message)) return undefined;
      const [error] = validate.errors ?? [];
      // The value itself stays out: it may be a person's.
      return `${error?.instancePath || "the message"} ${error?.message ?? "is wrong"}`;
    },
  };
}
