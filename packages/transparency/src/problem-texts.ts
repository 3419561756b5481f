import type { Problem } from "./problem.ts";

/** What a problem means to the person who verifies, and what to do: one text for the command line and the browser. */
export const problemTexts: Readonly<Record<Problem, { en: string; zh: string }>> = {
  receipt_not_json: {
    en: "This file is no receipt: it cannot be read. Choose the file just as it was downloaded.",
    zh: "这个文件不是凭证：内容无法读取。请选择下载时的原文件。",
  },
  receipt_format_unknown: {
    en: "This file is no Jinqiao receipt, or it is of a kind that this version does not know yet.",
    zh: "这个文件不是金桥凭证，或者是本版本尚不认识的格式。",
  },
  receipt_malformed: {
    en: "The receipt is damaged or was edited: one of its parts is not written as it must be.",
    zh: "凭证已损坏或被改动：其中有内容不符合格式。",
  },
  key_malformed: {
    en: "This is no key of a log. A key looks like name+a1b2c3d4+letters: copy it whole, without spaces.",
    zh: "这不是日志密钥。密钥形如“名称+a1b2c3d4+一串字母”：请完整复制，不要带空格。",
  },
  checkpoint_malformed: {
    en: "The receipt is damaged: what the log signed cannot be read.",
    zh: "凭证已损坏：日志所签署的内容无法读取。",
  },
  origin_mismatch: {
    en: "The receipt belongs to another log than the key. Use the key of the log that the receipt names.",
    zh: "凭证与密钥不属于同一个日志。请使用凭证所属日志的密钥。",
  },
  signature_missing: {
    en: "The receipt is not signed with this key: it is forged, or the log has another key by now.",
    zh: "凭证并非由该密钥签署：凭证系伪造，或日志已更换密钥。",
  },
  signature_wrong: {
    en: "The receipt is not genuine: it was altered after it was signed.",
    zh: "凭证不真实：签署之后被改动过。",
  },
  witnesses_missing: {
    en: "A witness whose signature you ask for has not signed this receipt.",
    zh: "您要求的见证人没有签署这份凭证。",
  },
  position_outside: {
    en: "The receipt is not genuine: it names a place that the signed log does not have.",
    zh: "凭证不真实：所写的位置在已签署的日志中并不存在。",
  },
  proof_wrong: {
    en: "The receipt is not genuine: what it says is not what stands in the log.",
    zh: "凭证不真实：所述内容与日志记录不符。",
  },
  history_rewritten: {
    en: "The log no longer continues what it signed for this receipt: its history was changed. Keep the receipt, it is evidence.",
    zh: "日志已不再延续它为这份凭证签署的内容：历史记录被改动过。请保存好凭证，它就是证据。",
  },
  crypto_unavailable: {
    en: "This browser cannot check signatures here. Use a current browser on an https address, or the command line.",
    zh: "此浏览器无法在当前页面核对签名。请使用新版浏览器通过 https 地址打开，或使用命令行。",
  },
};
