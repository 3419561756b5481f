export async function startEmbeddedPostgres(_options: {
  dataDir: string;
}): Promise<{ url(database: string): string; stop(): Promise<void> }> {
  throw new Error("The embedded PostgreSQL is not ready in this revision; set JINQIAO_TEST_DATABASE_URL.");
}
