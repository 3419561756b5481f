export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type EmbeddedPostgresStep,
  eraseEmbeddedPostgres,
  runningDatabaseUrl,
  startEmbeddedPostgres,
} from "./embedded.ts";
export { checkDatabase, ensureNeighbourDatabase, throwAwayDatabase } from "./external.ts";
export { folderHolder, lockFolder } from "./folder-lock.ts";
export { SetupError, type SetupText } from "./setup-error.ts";
