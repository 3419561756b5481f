import { setTimeout as sleep } from "node:timers/promises";
import { type KeyStatus, type Keys, publishMs } from "@jinqiao/server/keys";
import { finish, inLanguage, type Terminal } from "../terminal.ts";
import { type Answer, answerOf, type Resealed } from "./answer.ts";
import { shred } from "./shred.ts";

export const keyActions = ["status", "rotate", "rewrap", "forget", "reindex", "shred"] as const;

/** What `jinqiao keys` was asked to do; `subject` is a table or a customer. */
export type Asked = {
  action: (typeof keyActions)[number];
  subject: string | undefined;
  master: boolean;
  yes: boolean;
  retentionYears: number;
};
/** Does it, telling what it does while it lasts. */
export async function act(
  opened: Keys,
  asked: Asked,
  terminal: Terminal,
  wait: (ms: number) => Promise<void> = sleep,
): Promise<Answer> {
  switch (asked.action) {
    case "status":
      return status(opened, terminal);
    case "rotate":
      return asked.master ? rotateMaster(opened, terminal) : rotate(opened, terminal, asked.subject, wait);
    case "rewrap":
      return rewrap(opened, terminal);
    case "forget":
      return forget(opened);
    case "reindex":
      return reindex(opened, terminal, asked.subject as string);
    case "shred":
      return shred(opened, asked.subject as string, asked);
  }
}

async function status(opened: Keys, terminal: Terminal): Promise<Answer> {
  const { keyEncryptionKey, dataKeys } = await opened.keys();
  const left = await finish(
    terminal.step({ en: "Counting what older keys hold", zh: "正在统计旧密钥的数据" }),
    () => opened.reseal.left(),
  );
  const rowsOf = (key: KeyStatus) =>
    left.filter((column) => column.table === key.class).reduce((sum, { rows }) => sum + rows, 0);
  const active = dataKeys.filter((key) => key.status === "active");
  const result = {
    keyEncryptionKey,
    wrappedByOlder: dataKeys.filter((key) => isOlder(key, keyEncryptionKey)).length,
    dataKeys,
    rowsLeft: left.filter((column) => column.rows > 0),
  };
  const head = [
    inLanguage({ en: "table", zh: "数据表" }),
    inLanguage({ en: "key", zh: "密钥" }),
    inLanguage({ en: "generation", zh: "代" }),
    inLanguage({ en: "since", zh: "启用日期" }),
    inLanguage({ en: "wrapped by", zh: "封装者" }),
    inLanguage({ en: "left to seal again", zh: "待重新加密" }),
  ];
  const rows = active.map((key) => [
    key.class,
    key.id,
    String(key.generation),
    key.activeFrom.toISOString().slice(0, 10),
    `${key.provider} ${key.kek}`,
    String(rowsOf(key)),
  ]);
  const since = keyEncryptionKey.createdAt?.toISOString().slice(0, 10) ?? "–";
  const heading = inLanguage({
    en: `Key-encryption key ${keyEncryptionKey.id} (${keyEncryptionKey.place}), since ${since}. Data keys wrapped by an older one: ${result.wrappedByOlder}.`,
    zh: `主密钥 ${keyEncryptionKey.id}（${keyEncryptionKey.place}），启用日期 ${since}。仍由旧主密钥封装的数据密钥：${result.wrappedByOlder} 个。`,
  });
  return { result, text: `${heading}\n\n${tableOf([head, ...rows])}`, code: 0 };
}

const isOlder = (key: KeyStatus, now: { provider: string; id: string }) =>
  key.provider !== now.provider || key.kek !== now.id;

async function rotate(
  opened: Keys,
  terminal: Terminal,
  table: string | undefined,
  wait: (ms: number) => Promise<void>,
): Promise<Answer> {
  const made = await opened.rotate(table === undefined ? {} : { class: table });
  await finish(
    terminal.step({
      en: `Waiting ${publishMs / 1000} s until every server knows the new keys`,
      zh: `等待 ${publishMs / 1000} 秒，使所有服务获知新密钥`,
    }),
    () => wait(publishMs + 1_000),
  );
  const resealed = await reseal(opened, terminal, table);
  return answerOf(
    { made, ...resealed },
    {
      en: `New data keys: ${made.length}. Values sealed with them: ${resealed.resealed}.`,
      zh: `新数据密钥：${made.length} 个。已用其重新加密：${resealed.resealed} 项。`,
    },
    resealed,
  );
}

async function rotateMaster(opened: Keys, terminal: Terminal): Promise<Answer> {
  const { keyEncryptionKey, rewrapped } = await finish(
    terminal.step({ en: "Wrapping data keys with a new key", zh: "正在用新的主密钥封装数据密钥" }),
    () => opened.rotateKeyEncryptionKey(),
  );
  const elsewhere =
    keyEncryptionKey.provider === "file"
      ? {
          en: ` It stands in ${keyEncryptionKey.place}: save that file, copy it to every other machine that runs a server, then run "npx jinqiao keys forget".`,
          zh: ` 新主密钥保存在 ${keyEncryptionKey.place}：请备份该文件，复制到其他运行服务的机器，然后运行 npx jinqiao keys forget。`,
        }
      : { en: "", zh: "" };
  return answerOf(
    { keyEncryptionKey, rewrapped },
    {
      en: `New key-encryption key ${keyEncryptionKey.id}; data keys wrapped with it: ${rewrapped}.${elsewhere.en}`,
      zh: `新主密钥 ${keyEncryptionKey.id}；已用其封装数据密钥 ${rewrapped} 个。${elsewhere.zh}`,
    },
  );
}

async function rewrap(opened: Keys, terminal: Terminal): Promise<Answer> {
  const step = terminal.step({ en: "Wrapping data keys", zh: "正在封装数据密钥" });
  const rewrapped = await finish(step, () =>
    opened.rewrap((done, total) =>
      step.update({
        en: `Wrapping data keys: ${done} of ${total}`,
        zh: `正在封装数据密钥：${done}/${total}`,
      }),
    ),
  );
  const resealed = await reseal(opened, terminal, undefined);
  return answerOf(
    { rewrapped, ...resealed },
    {
      en: `Data keys wrapped again: ${rewrapped}. Values sealed again: ${resealed.resealed}.`,
      zh: `已重新封装数据密钥 ${rewrapped} 个，重新加密 ${resealed.resealed} 项。`,
    },
    resealed,
  );
}

function reseal(opened: Keys, terminal: Terminal, table: string | undefined): Promise<Resealed> {
  const step = terminal.step({ en: "Sealing again", zh: "正在重新加密" });
  return finish(step, () =>
    opened.reseal.run({
      ...(table === undefined ? {} : { class: table }),
      onProgress: (progress) =>
        step.update({
          en: `Sealing again: ${progress.resealed} values, now ${progress.table}`,
          zh: `正在重新加密：已完成 ${progress.resealed} 项，当前 ${progress.table}`,
        }),
    }),
  );
}

async function reindex(opened: Keys, terminal: Terminal, column: string): Promise<Answer> {
  const step = terminal.step({ en: "Computing indexes", zh: "正在重新计算索引" });
  const indexes = await finish(step, () =>
    opened.reindex(column, (done) =>
      step.update({ en: `Computing indexes: ${done}`, zh: `正在重新计算索引：${done}` }),
    ),
  );
  return answerOf(
    { column, indexes },
    {
      en: `${column} has a new index key; indexes computed: ${indexes}. Servers may start again.`,
      zh: `${column} 已启用新的索引密钥；重新计算索引 ${indexes} 条。现在可以重新启动服务。`,
    },
  );
}

async function forget(opened: Keys): Promise<Answer> {
  const forgotten = await opened.forgetPrevious();
  return answerOf(
    { forgotten },
    forgotten.length === 0
      ? {
          en: "The secrets file holds no master key that nothing needs.",
          zh: "密钥文件中没有不再需要的主密钥。",
        }
      : {
          en: `Gone from the secrets file: ${forgotten.join(", ")}. Backups of the database from before need them still: keep a copy in a safe place.`,
          zh: `已从密钥文件移除：${forgotten.join("、")}。此前的数据库备份仍需要这些密钥，请妥善保存副本。`,
        },
  );
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const width = (text: string) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? "")))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
