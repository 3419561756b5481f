/**
 * Loaded into every process the launcher starts (`node --import`). When the launcher is killed, its end of the
 * channel closes; the process then stops itself, so that nothing keeps the ports or works on unwatched.
 */
const stopLimitMs = 15_000;

process.once("disconnect", () => {
  setTimeout(() => process.exit(1), stopLimitMs).unref();
  process.kill(process.pid, "SIGTERM");
});
// The channel is only watched: it must not keep a process alive that has stopped everything else.
process.channel?.unref();
