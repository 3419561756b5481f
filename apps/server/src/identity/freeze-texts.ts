import type { FreezeReason, FreezeScope } from "@jinqiao/contract";

type Text = { en: string; zh: string };

/** What stands still and what does not. */
const effects: Record<FreezeScope, { stops: Text; goesOn: Text }> = {
  payments: {
    stops: {
      en: "No money can leave this wallet, and none is taken from your banks into it: no sending, no withdrawals, no top-ups.",
      zh: "资金不能离开该钱包，也不会从您的银行转入：不能转账、提现或充值。",
    },
    goesOn: {
      en: "Your money stays yours. Money sent to you still arrives, and payments already handed to a bank go on there.",
      zh: "资金仍归您所有。他人转来的钱照常到账；已交给银行的付款会在银行继续处理。",
    },
  },
  sign_in: {
    stops: {
      en: "Nobody can sign in to this wallet, and every device was signed out.",
      zh: "任何人都无法登录该钱包，所有设备均已退出登录。",
    },
    goesOn: {
      en: "Your money stays yours. Money sent to you still arrives, and payments already handed to a bank go on there.",
      zh: "资金仍归您所有。他人转来的钱照常到账；已交给银行的付款会在银行继续处理。",
    },
  },
  card: {
    stops: {
      en: "Nothing can be taken from this card or paid out to it here.",
      zh: "在此不能从该银行卡扣款，也不能向其提现。",
    },
    goesOn: {
      en: "The rest of the wallet works as before. At your bank and in shops the card works on: if it is lost, tell your bank too.",
      zh: "钱包其他功能照常使用。该卡在银行和商户仍可使用：如已遗失，请同时联系发卡银行。",
    },
  },
};

const reasons: Record<FreezeReason, Text> = {
  customer_asked: { en: "You asked for it.", zh: "由您本人设置。" },
  not_me: {
    en: "You told us that somebody else had signed in.",
    zh: "您告诉我们有他人登录。",
  },
  device_lost: { en: "You told us that a device is lost.", zh: "您告诉我们设备已遗失。" },
  suspected_fraud: {
    en: "We saw signs of fraud and want to protect your money.",
    zh: "我们发现欺诈迹象，为保护您的资金而冻结。",
  },
  account_takeover: {
    en: "It looks as if somebody else got into this wallet.",
    zh: "该钱包疑似被他人登录。",
  },
  identity_check: {
    en: "We have to check again who you are.",
    zh: "我们需要重新核实您的身份。",
  },
  legal_order: {
    en: "An authority has ordered it. We may not always be allowed to say more.",
    zh: "依有权机关的要求冻结。我们可能无法透露更多信息。",
  },
  risk_unusual: {
    en: "Something about the last payments was unusual. The check works by itself and can be wrong.",
    zh: "最近的付款有异常。这项检查自动进行，可能有误。",
  },
};

const undo = {
  self: {
    en: "Only you can lift it: open Security, confirm that it is you, and tap “Unfreeze”.",
    zh: "只有您能解除：打开“安全”，验证身份后点“解除冻结”。",
  },
  selfSignIn: {
    en: "Only you can lift it: on the sign-in page choose “Recover access”. Two proofs that it is you, and a waiting time, end this freeze.",
    zh: "只有您能解除：在登录页选择“恢复访问”，提供两项身份证明并等待规定时间后即可解除。",
  },
  appeal: {
    en: "If you think this is wrong, write an appeal here. Two people look at it, and you get an answer either way.",
    zh: "如认为有误，请在此申诉。将由两名工作人员审核，无论结果如何都会答复您。",
  },
  appealSignIn: {
    en: "If you think this is wrong, write an appeal with the link in the notice we sent. Two people look at it, and you get an answer either way.",
    zh: "如认为有误，请通过我们发送的通知中的链接申诉。将由两名工作人员审核，无论结果如何都会答复您。",
  },
} satisfies Record<string, Text>;

/** What a freeze means, in words for the person whose money it is. */
export function toldOf(scope: FreezeScope, reason: FreezeReason, by: "customer" | "staff" | "risk") {
  const own = by === "customer";
  const way = own
    ? scope === "sign_in"
      ? undo.selfSignIn
      : undo.self
    : scope === "sign_in"
      ? undo.appealSignIn
      : undo.appeal;
  return { ...effects[scope], why: reasons[reason], undo: way };
}
