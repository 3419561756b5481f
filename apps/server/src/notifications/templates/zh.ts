import type { ContentOf, Frame, Texts } from "./texts.ts";

const codeFor: Record<ContentOf<"code">["purpose"], string> = {
  sign_up: "开通钱包",
  sign_in: "登录",
  payment: "确认付款",
  phone: "确认手机号",
  email: "确认邮箱",
  recovery: "重新进入钱包",
};
const changes: Record<ContentOf<"notice.security_changed">["what"], string> = {
  passkey_added: "新增了一个通行密钥",
  passkey_removed: "移除了一个通行密钥",
  password_changed: "登录密码已更改",
  totp_added: "新增了验证器应用",
  totp_removed: "验证器应用已移除",
  phone_changed: "手机号已更改",
  email_changed: "邮箱已更改",
  pin_changed: "支付密码已更改",
  recovery_codes_made: "已生成新的恢复码",
  recovery_code_used: "一个恢复码已被使用",
  signed_out_everywhere: "其他设备均已退出登录",
  phrase_changed: "防钓鱼暗语已更改",
};
const scopes = { payments: "付款", sign_in: "登录", card: "一张银行卡" } as const;
const frozenBy = {
  customer: "这是您本人的操作。",
  staff: "这是我们的安全团队为保护您而采取的措施。",
  risk: "系统发现异常情况，为防范欺诈自动采取了此措施。",
} as const;

const notYou = "如果不是您本人操作，请点击按钮：付款和登录会立即停止。";
const notYouNoButton = "如果不是您本人操作，请打开金桥，进入“安全”，冻结付款。";
const notYouShort = "非本人操作？请打开金桥“安全”冻结付款。";

const keyChanges = { created: "新建", rolled: "轮换", revoked: "撤销" };

const merchantRoles: Record<string, string> = {
  owner: "所有者",
  administrator: "管理员",
  developer: "开发人员",
  finance: "财务",
  cashier: "收银员",
  viewer: "查看者",
};
const merchantNews: Record<ContentOf<"notice.merchant">["what"], { subject: string; means: string }> = {
  opened: {
    subject: "商户已开通",
    means: "现在可以收取真实款项。请在商户平台创建正式密钥或展示收款码。",
  },
  declined: {
    subject: "商户未获开通",
    means: "不能收取真实款项，测试模式照常可用。请修改后重新提交。",
  },
  suspended: {
    subject: "商户已暂停",
    means: "不再接受新的付款，已收款项仍归商户所有。请联系我们了解后续安排。",
  },
  resumed: { subject: "商户已恢复", means: "可以照常收款。" },
  plan_changed: {
    subject: "将启用新的资费方案",
    means: "完整内容和生效时间见商户平台，在此之前一切不变。",
  },
  account_named: {
    subject: "登记了新的收款账户",
    means: "输入随一分钱汇款附上的代码之前，不会向该账户出款。如非商户所有者操作，请立即修改密码并联系我们。",
  },
  account_verified: {
    subject: "新的收款账户已验证",
    means: "首个账户立即可用，变更后的账户须等待一天。如非商户所有者操作，请立即修改密码并联系我们。",
  },
};

export const texts: Texts = {
  code: ({ purpose, code, minutes, amount, payee }) => {
    const pays = amount ? `${payee ? `向${payee}` : ""}付款 ${amount}` : codeFor[purpose];
    return {
      subject: amount ? `付款 ${amount} 的验证码` : `${codeFor[purpose]}的验证码`,
      text: [
        `您用于${pays}的验证码：`,
        `${minutes} 分钟内有效，仅能使用一次${amount ? "，且只对这一笔付款有效" : ""}。`,
        "我们绝不会通过电话、聊天或邮件索要验证码，索要者就是想骗您的钱。",
        amount
          ? "如果您没有进行这笔付款，请勿输入验证码：没有它就不会付出任何款项。"
          : "如果不是您本人申请，无需理会：没有验证码，什么都不会发生。",
      ],
      short: `【金桥】${code}，用于${pays}，${minutes}分钟内有效。切勿告诉任何人，我们绝不索要。`,
    };
  },
  sign_up_repeated: (_content, { page }) => ({
    subject: "您已经有钱包了",
    text: [
      "有人用这个邮箱申请开通钱包，而该邮箱已有钱包。系统没有另开钱包，也没有作任何更改。",
      "如果是您本人，直接登录即可；如果无法登录，请在登录页选择“无法登录”。",
      "如果不是您本人，无需任何操作：对方没有得知关于您的任何信息。",
    ],
    short: "有人用您的邮箱申请开通钱包。您已有钱包，未作任何更改。",
    action: { label: "去登录", url: page("/sign-in") },
  }),
  "notice.new_device": ({ device, at, undo }, tools) => ({
    subject: "您的钱包在新设备上登录",
    text: [
      `您的钱包于${tools.at(at)}在一台新设备上登录：${device}。`,
      "如果是您本人，无需任何操作。",
      notYou,
    ],
    inWallet: `设备：${device}。如果不是您本人，请立即在“安全”中冻结付款；您的资金没有变动。`,
    short: `新设备登录：${device}，${tools.at(at)}。${notYouShort}`,
    action: { label: "不是我：立即冻结", url: tools.page(`/not-me#${undo}`) },
  }),
  "notice.security_changed": ({ what, at, undo }, tools) => ({
    subject: changes[what],
    text: [
      `${changes[what]}，时间：${tools.at(at)}。您的资金没有变动。`,
      "如果是您本人，无需任何操作。",
      undo === undefined ? notYouNoButton : notYou,
    ],
    short: `${changes[what]}，${tools.at(at)}。${notYouShort}`,
    ...(undo === undefined
      ? {}
      : { action: { label: "不是我：立即冻结", url: tools.page(`/not-me#${undo}`) } }),
  }),
  "notice.recovery_started": ({ at, opensAt, cancel }, tools) => ({
    subject: "有人申请重新进入您的钱包",
    text: [
      `${tools.at(at)}，有人通过了两项身份证明，申请设置新的登录方式。最早于${tools.at(opensAt)}生效。`,
      "在此之前您的资金是安全的：无法通过这次申请付出任何款项。",
      "如果是您本人，请等到上述时间。如果不是，请立即点击按钮取消，或登录钱包，申请会自动取消。",
    ],
    inWallet: `新的登录方式最早于${tools.at(opensAt)}生效。如果不是您本人，点击邮件中的链接或重新登录即可取消；在此之前资金是安全的。`,
    short: `有人申请重新进入您的钱包，${tools.at(opensAt)}生效。非本人请登录金桥，申请即取消。`,
    action: { label: "取消这次申请", url: tools.page(`/recover/cancel#${cancel}`) },
  }),
  "notice.recovery_done": ({ at }, tools) => ({
    subject: "您的钱包已设置新的登录方式",
    text: [
      `钱包找回已于${tools.at(at)}完成。所有设备均已退出登录，原支付密码失效。`,
      "您的资金没有变动。请设置新的支付密码，并在“安全”中查看设备。",
      notYouNoButton,
    ],
    short: `钱包找回已完成，${tools.at(at)}。所有设备已退出。${notYouShort}`,
  }),
  "notice.recovery_cancelled": ({ at }, tools) => ({
    subject: "钱包找回申请已取消",
    text: [
      `重新进入您钱包的申请已于${tools.at(at)}取消。没有任何更改，您可照常登录。`,
      "如果不是您提出的申请，说明有人掌握了您的两项证明：请更改密码，并检查您的邮箱账号。",
    ],
    short: `钱包找回申请已取消，${tools.at(at)}，没有任何更改。`,
  }),
  "notice.frozen": ({ scope, by, at, appeal }, tools) => ({
    subject: `${scopes[scope]}已冻结`,
    text: [
      `${scopes[scope]}自${tools.at(at)}起冻结。${frozenBy[by]}`,
      scope === "sign_in"
        ? "解除之前任何人都无法登录。您的资金不受影响，他人转给您的款项照常到账。"
        : "您的资金不受影响，他人转给您的款项照常到账；已交给银行的付款会继续处理。",
      by === "customer" ? "您可以在“安全”中自行解除。" : "您可以在“安全”中查看原因，并申请解除。",
    ],
    short: `${scopes[scope]}自${tools.at(at)}起冻结，资金安全。详见金桥“安全”。`,
    ...(appeal === undefined ? {} : { action: { label: "申请解除", url: tools.page(`/appeal#${appeal}`) } }),
  }),
  "notice.unfrozen": ({ scope, at }, tools) => ({
    subject: `${scopes[scope]}已解除冻结`,
    text: [`${scopes[scope]}自${tools.at(at)}起恢复使用。`, notYouNoButton],
    short: `${scopes[scope]}自${tools.at(at)}起恢复。${notYouShort}`,
  }),
  "notice.merchant_key": ({ change, shopZh: shop, key, at }, tools) => ({
    subject: `${shop}：密钥已${keyChanges[change]}`,
    text: [
      `${shop}的密钥（${key}）已于${tools.at(at)}${keyChanges[change]}。`,
      "持有密钥者可以商户名义收款和退款。商户资金不受此次变更影响。",
      "如非团队成员所为，请立即打开商户平台，在“开发者”中撤销该密钥，并移除不应在团队中的成员。",
    ],
    inWallet: `密钥 ${key}。如非团队所为，请在商户平台“开发者”中撤销。`,
    short: `${shop}：密钥 ${key} 已于${tools.at(at)}${keyChanges[change]}。如非团队所为，请在商户平台撤销。`,
  }),
  "notice.webhook_paused": ({ shopZh: shop, host, at }, tools) => ({
    subject: `${shop}：通知推送已暂停`,
    text: [
      `${host} 连续三天未能接收${shop}的通知，我们已于${tools.at(at)}暂停推送。`,
      "收款照常进行，资金安全；只是您的系统暂时收不到我们的通知。",
      "接收地址恢复后，请在商户平台“开发者”中重新启用，并补发错过的通知。",
    ],
    inWallet: `${host} 连续三天未能接收通知。收款照常，恢复后请在商户平台重新启用。`,
    short: `${shop}：发往 ${host} 的通知连续三天未被接收，已暂停推送。收款照常。`,
  }),
  "merchant.invited": ({ shopZh: shop, role, until }, tools) => ({
    subject: `${shop}邀请您加入团队`,
    text: [
      `${shop}邀请您在商户平台共事，角色为${merchantRoles[role] ?? role}。邀请有效至${tools.at(until)}。`,
      "请用此邮箱登录金桥（或用它开通钱包）后答复。您自己的资金与商户资金相互独立。",
      "如果您不认识这家商户，无需理会。",
    ],
    short: `${shop}邀请您加入团队，详见邮件。`,
    action: { label: "查看邀请", url: tools.page("/console/merchant") },
  }),
  "notice.merchant": ({ what, shopZh: shop, note, at }, tools) => {
    const { subject, means } = merchantNews[what];
    return {
      subject: `${shop}：${subject}`,
      text: [`${shop}：${subject}（${tools.at(at)}）。`, ...(note === "" ? [] : [`附言：${note}`]), means],
      inWallet: note === "" ? means : `${note} ${means}`,
      short: `${shop}：${subject}，${tools.at(at)}。${what.startsWith("account") ? notYouShort : ""}`,
    };
  },
  "notice.payout_failed": ({ shopZh: shop, amount, reasonZh, at }, tools) => ({
    subject: `${shop}：一笔 ${amount} 的提款未到账`,
    text: [
      `${shop}一笔 ${amount} 的提款未能到达银行账户（${tools.at(at)}）。`,
      ...(reasonZh === "" ? [] : [`银行说明：${reasonZh}`]),
      "款项已退回商户余额，资金安全，并将随下一次提款再次付出。",
      "请在商户平台核对结算账户是否仍然正确。",
    ],
    inWallet: `一笔 ${amount} 的提款未到账，款项已退回商户余额。请在商户平台核对结算账户。`,
    short: `${shop}：一笔 ${amount} 的提款未到账，款项已退回商户余额。`,
  }),
  "notice.dispute": ({ what, shop, amount, disputeId, until, at }, tools) => {
    const by = until ? tools.at(until) : "";
    const said = {
      opened: {
        subject: `已就您的 ${amount} 联系${shop}`,
        line: `您于${tools.at(at)}反映在${shop}的消费有问题，商家可在${by}前答复。您现在无需操作。`,
      },
      answered: {
        subject: `${shop}已答复`,
        line: `${shop}已就您的 ${amount} 作出答复。我们将审阅双方的说明并作出判定。`,
      },
      decided_for_you: {
        subject: `判定支持您：${amount}`,
        line: `我们判定支持您。${amount} 已从${shop}扣出并单独存放，商家无法再提交新证据时即转入您的钱包，最迟为${by}；商家提交新证据的除外。`,
      },
      paid_back: {
        subject: `${amount} 已退回您的钱包`,
        line: `您与${shop}的争议已结束，${amount} 已退回您的钱包，不会再被收回。`,
      },
      kept: {
        subject: `您与${shop}的争议已有结果`,
        line: `我们判定支持${shop}，${amount} 归商家所有。您可在钱包中查看商家的答复。`,
      },
      reviewed_again: {
        subject: `${shop}提交了新证据`,
        line: `${shop}提交了新证据，我们将再次审阅。最终判定之前，${amount} 继续单独存放。`,
      },
      refunded: {
        subject: `${shop}已退款`,
        line: `${shop}已退还您提出争议的款项（最初为 ${amount}），争议结束。`,
      },
    }[what];
    return {
      subject: said.subject,
      text: [said.line],
      inWallet: said.line,
      short: said.line,
      action: { label: "查看争议", url: tools.page(`/disputes/${disputeId}`) },
    };
  },
  "notice.shop_dispute": ({ what, shop, amount, disputeId, until, at }, tools) => {
    const by = until ? tools.at(until) : "";
    const said = {
      opened: {
        subject: `${shop}：顾客对 ${amount} 提出争议`,
        line: `${tools.at(at)}，一位顾客反映对${shop}的付款有问题，商户资金中的 ${amount} 已冻结。请在${by}前答复；逾期未答复，款项将退还顾客。`,
      },
      reminder: {
        subject: `${shop}：请在${by}前答复争议`,
        line: `${shop}尚未答复一笔 ${amount} 的争议。${by}之后，款项将退还顾客。`,
      },
      expired: {
        subject: `${shop}：争议逾期未答复`,
        line: `${shop}未在期限内答复，${amount} 已退还顾客。`,
      },
      lost: {
        subject: `${shop}：争议判定支持顾客`,
        line: `我们判定支持顾客。${amount} 已从${shop}的资金中扣出并单独存放。如有新证据，可在${by}前提交一次；否则届时款项归顾客。`,
      },
      lost_for_good: {
        subject: `${shop}：争议败诉`,
        line: `审阅您的新证据后，我们仍判定支持顾客。${amount} 已退还顾客，此判定为最终结果。`,
      },
      won: {
        subject: `${shop}：争议胜诉`,
        line: `我们判定支持${shop}，${amount} 可重新使用。`,
      },
      withdrawn: {
        subject: `${shop}：争议已撤回`,
        line: `顾客撤回了争议，${shop}的 ${amount} 可重新使用。`,
      },
    }[what];
    return {
      subject: said.subject,
      text: [said.line],
      inWallet: said.line,
      short: said.line,
      action: { label: "查看争议", url: tools.page(`/console/merchant/disputes/${disputeId}`) },
    };
  },
  "staff.invited": ({ token, role }, tools) => ({
    subject: "您的控制台访问权限",
    text: [
      `邀请您使用银行控制台，角色：${role}。`,
      "点击按钮可打开控制台一次，用于在您的设备上注册通行密钥。请仅在您知晓此邀请时使用，切勿转发给任何人。",
    ],
    short: "邀请您使用银行控制台，详见邮件。",
    action: { label: "打开控制台", url: tools.page(`/console/invitation#${token}`) },
  }),
  "payment.sent": ({ paymentId, amount, payee, at }, tools) => ({
    subject: `您向${payee}付款 ${amount}`,
    text: [`${tools.at(at)}，您向${payee}付出 ${amount}。`, notYouNoButton],
    short: `您向${payee}付款 ${amount}。`,
    action: { label: "查看付款", url: tools.page(`/activity/${paymentId}`) },
  }),
  "payment.received": ({ paymentId, amount, payer, at }, tools) => ({
    subject: `您收到 ${amount}`,
    text: [`${tools.at(at)}，您收到${payer}转来的 ${amount}，已在钱包中。`],
    short: `您收到${payer}转来的 ${amount}。`,
    action: { label: "查看收款", url: tools.page(`/activity/${paymentId}`) },
  }),
};

export const frame: Frame = {
  footer:
    "金桥绝不会索要密码、支付密码或验证码，也绝不会要求您把钱转到“安全账户”。如有疑问，请不要使用本消息中的内容，照平时的方式打开钱包。",
  phrase: (phrase) => `您的暗语：${phrase}`,
  noPhrase: "您可以在“通知”中设置自己的暗语。设置后它会显示在这里，假冒的消息不会有。",
  inWallet: "您的资金没有变动。如果是您本人，无需任何操作；如果不是，请立即在“安全”中冻结付款。",
  dates: { tag: "zh-CN", timeZone: "Asia/Shanghai", zone: "北京时间" },
};
