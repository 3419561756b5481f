import { z } from "zod";

/** Dates of the versions of the merchants' API that can be asked for, newest first. */
export const apiVersions = ["2026-11-22"] as const;

/** The version of the merchants' API that a request without `Jinqiao-Version` and a new key are given. */
export const latestApiVersion: ApiVersion = apiVersions[0];

export const ApiVersion = z
  .enum(apiVersions)
  .meta({ id: "ApiVersion", description: "Date of an API version." });
export type ApiVersion = z.infer<typeof ApiVersion>;
