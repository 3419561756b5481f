export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type EmbeddedPostgresStep,
  startEmbeddedPostgres,
} from "./embedded.ts";
export { lockFolder } from "./folder-lock.ts";
export { SetupError, type SetupText } from "./setup-error.ts";
