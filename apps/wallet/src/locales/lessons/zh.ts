import type { LessonsMessageId } from "./en.ts";

/** Lessons on safety, in Chinese: the cards and the help page. */
export const zh: Record<LessonsMessageId, string> = {
  "lessons.seen": "我知道了",
  "lessons.more": "更多安全提示",
  "lessons.label": "安全提示",
  "lessons.new_payee.title": "首次向此人付款",
  "lessons.new_payee.text":
    "转账实时到账，无法撤回。付款前，请用您原本就有的联系方式向对方核实，不要使用催您付款的消息里给的号码。",
  "lessons.new_payee.do_first": "核对页面显示的姓名，确认就是您要付款的人。",
  "lessons.new_payee.do_second": "拿不准时先转一小笔，问清对方收到后再转其余部分。",
  "lessons.new_payee.do_third": "有人催您马上付款时，请先停下。正当的款项不会急在几分钟之内。",
  "lessons.bank_call.title": "现在有人在跟您通电话吗？",
  "lessons.bank_call.text":
    "我们不会打电话向您要验证码，银行不会，警方也不会。索要验证码的人，要的是您的钱。请挂断电话，不要把验证码告诉任何人。",
  "lessons.bank_call.do_first": "即使来电显示看着没错，也请挂断：号码可以伪造。",
  "lessons.bank_call.do_second": "拨打银行卡背面的电话，自己联系银行核实。",
  "lessons.bank_call.do_third":
    "不要把钱转入所谓“安全账户”，也不要让别人看到您的屏幕：这两种都是骗钱的手法。",
  "lessons.public_wifi.title": "在新的地方登录",
  "lessons.public_wifi.text":
    "在咖啡馆、机场等场所，输入前请先看清网址；浏览器提示此页面有风险时，请立即离开。使用通行密钥登录时，别人窃听不到，也无法再次使用。",
  "lessons.public_wifi.do_first": "尽量使用手机流量，更不容易被动手脚。",
  "lessons.public_wifi.do_second": "浏览器提示证书有问题时，绝不要继续访问。",
  "lessons.public_wifi.do_third": "使用他人的设备时，用完请退出登录。",
  "lessons.reused_password.title": "为本钱包单独设一个密码",
  "lessons.reused_password.text":
    "其他网站一旦泄露密码，几小时内就会被人拿到各处去试。只在这里使用的密码，能让您的钱远离这种风险。通行密钥更安全，而且不用记。",
  "lessons.reused_password.do_first": "让浏览器或密码管理器替您生成并保存密码。",
  "lessons.reused_password.do_second": "由几个词组成的长密码，比夹杂符号的短密码更好。",
  "lessons.reused_password.do_third": "如果已在别处用过，请先改这里的密码，再改那里的。",
  "lessons.page.title": "安全须知",
  "lessons.page.lead": "四种容易让人损失钱财的情形，以及各自的应对办法。",
  "lessons.page.never": "我们绝不会",
  "lessons.page.never_code": "绝不会通过电话或消息向您索要验证码、密码或支付密码。",
  "lessons.page.never_move": "绝不会要您为了“安全”而转移资金。",
  "lessons.page.never_remote": "绝不会要您安装程序或共享屏幕。",
  "lessons.page.happened": "已经出事了？",
  "lessons.page.happened_text":
    "请立即冻结付款：从那一秒起，任何款项都转不出去，之后您可以自行解除。然后联系银行，并向警方报案。",
  "lessons.page.freeze": "冻结付款",
  "lessons.page.sign_in": "登录并冻结付款",
};
