import type { TrialBalance } from "@jinqiao/contract";

type Book = TrialBalance["currencies"][number];
type Sums = Book["branches"][number];

/** A row of the account tree: an account, or a branch that sums what stands under it. */
export type TreeRow = Sums & { depth: number; branch: boolean };

/**
 * The accounts in the order of their codes, each under the branches that hold more than one account: `transit` above
 * `transit:in:harbour` and `transit:out:harbour`. A branch with one account would only say the same sum twice.
 */
export function accountTree(book: Pick<Book, "rows" | "branches">): TreeRow[] {
  const below = (branch: string) => book.rows.filter((row) => row.account.startsWith(`${branch}:`)).length;
  const branches = book.branches
    .filter(({ account }) => below(account) > 1)
    // Of `fx` and `fx:position` with the same accounts below, the longer says more.
    .filter(
      ({ account }, _index, all) =>
        !all.some(
          (other) => other.account.startsWith(`${account}:`) && below(other.account) === below(account),
        ),
    );
  const depthOf = (account: string) =>
    branches.filter((branch) => account.startsWith(`${branch.account}:`)).length;
  return [
    ...branches.map((row) => ({ ...row, branch: true, depth: depthOf(row.account) })),
    ...book.rows.map((row) => ({ ...row, branch: false, depth: depthOf(row.account) })),
  ].sort((a, b) => inTreeOrder(a.account, b.account) || Number(b.branch) - Number(a.branch));
}

/** Part by part, so that `fees` stands before `fees:x` and both before `fees-other`. */
function inTreeOrder(one: string, other: string): number {
  const [a, b] = [one.split(":"), other.split(":")];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === right) continue;
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
