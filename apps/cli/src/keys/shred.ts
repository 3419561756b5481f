import type { SetupText } from "@jinqiao/server/embedded-postgres";
import type { ErasureObstacle, Keys } from "@jinqiao/server/keys";
import { inLanguage } from "../terminal.ts";
import { type Answer, answerOf } from "./answer.ts";

/** Erases a customer, or says what stands in the way; without `yes` nothing is changed. */
export async function shred(
  opened: Keys,
  customerId: string,
  { yes, retentionYears }: { yes: boolean; retentionYears: number },
): Promise<Answer> {
  const obstacles = await opened.erase(customerId, { retentionYears, dryRun: !yes });
  const result = { customerId, erased: yes && obstacles.length === 0, obstacles };
  if (obstacles.length > 0) {
    const lines = obstacles.map((obstacle) => `  - ${inLanguage(obstacleText(obstacle))}`).join("\n");
    const head = inLanguage({
      en: `The data of ${customerId} cannot be erased:`,
      zh: `无法删除 ${customerId} 的数据：`,
    });
    return { result, text: `${head}\n${lines}`, code: 1 };
  }
  const text = yes
    ? {
        en: `The data of ${customerId} is erased. Restoring an older backup brings the key back: run this command again after such a restore.`,
        zh: `${customerId} 的数据已永久删除。若恢复更早的备份，密钥会随之恢复：请在恢复后再次运行本命令。`,
      }
    : {
        en: `Nothing stands in the way of erasing ${customerId}. It cannot be undone; add --yes to do it.`,
        zh: `可以删除 ${customerId} 的数据。此操作无法撤销；如确认，请加上 --yes。`,
      };
  return answerOf(result, text);
}

function obstacleText(obstacle: ErasureObstacle): SetupText {
  switch (obstacle.code) {
    case "not_found":
      return { en: "There is no such customer.", zh: "没有此客户。" };
    case "already_erased":
      return {
        en: `It was erased on ${obstacle.at.toISOString().slice(0, 10)}.`,
        zh: `已于 ${obstacle.at.toISOString().slice(0, 10)} 删除。`,
      };
    case "money":
      return {
        en: `There is money or a hold on ${obstacle.accounts} account(s): pay it out first.`,
        zh: `有 ${obstacle.accounts} 个账户仍有余额或冻结金额：请先付清。`,
      };
    case "open_payments":
      return {
        en: `${obstacle.payments} payment(s) are not final yet: wait for them.`,
        zh: `有 ${obstacle.payments} 笔支付尚未完成：请等待其结束。`,
      };
    case "bank_access":
      return {
        en: `${obstacle.consents} permission(s) at banks are open: end them first.`,
        zh: `有 ${obstacle.consents} 项银行授权仍有效：请先解除。`,
      };
    case "merchants":
      return {
        en: `They own ${obstacle.merchants} shop(s) that are not closed: close them, or make somebody else an owner and take them off the team.`,
        zh: `名下有 ${obstacle.merchants} 家商户尚未关闭：请先关闭，或另立所有者并将其移出团队。`,
      };
    case "retention":
      return {
        en: `The law keeps the records of the payments until ${obstacle.until.toISOString().slice(0, 10)} (--retention-years).`,
        zh: `法律要求支付记录保存至 ${obstacle.until.toISOString().slice(0, 10)}（--retention-years）。`,
      };
  }
}
