import type { NoticesMessageId } from "./en.ts";

/** Texts of notices, in Chinese. */
export const zh: Record<NoticesMessageId, string> = {
  "notices.title": "通知",
  "notices.bell.unread": "{count, plural, other {通知，# 条未读}}",
  "notices.latest": "最近通知",
  "notices.none": "暂无通知",
  "notices.none.text": "钱包安全有任何变动时，除了邮件，您也可以在这里看到。",
  "notices.new": "新",
  "notices.more": "查看更早的通知",
  "notices.phrase": "您的暗语",
  "notices.phrase.text":
    "只有您和我们知道的一句话，会出现在我们的每封邮件和设备通知中。没有它的邮件或设备通知不是我们发的，请勿理会。",
  "notices.phrase.label": "暗语",
  "notices.phrase.new": "新暗语",
  "notices.phrase.hint": "3 到 40 个字符，您一眼就能认出，例如“骑自行车的蓝鲸”。请勿使用密码。",
  "notices.phrase.save": "设置暗语",
  "notices.phrase.change": "更改暗语",
  "notices.phrase.remove": "移除暗语",
  "notices.phrase.set": "暗语已设置，请留意我们的下一条消息。",
  "notices.phrase.removed": "暗语已移除。",
  "notices.groups": "通知内容与方式",
  "notices.fixed": "始终开启",
  "notices.group.security": "安全",
  "notices.group.security.text":
    "新设备、登录方式变更、钱包找回、冻结。任何人都无法关闭，即使有人偷走您的手机也不行。",
  "notices.group.payments": "收付款",
  "notices.group.payments.text": "您的付款和收款。您随时可以在“账单”中查看。",
  "notices.channel.email": "邮件",
  "notices.channel.sms": "短信",
  "notices.channel.push": "设备通知",
  "notices.push": "在此设备上接收通知",
  "notices.push.before":
    "即使钱包已关闭，也能在几秒内得知收付款和安全消息。点击按钮后，浏览器会询问是否允许金桥显示通知，请选择“允许”。请注意，能看到您屏幕的人也可能看到通知。",
  "notices.push.switch_on": "开启",
  "notices.push.on": "此设备会显示通知。",
  "notices.push.off": "关闭",
  "notices.push.denied":
    "浏览器已阻止本网站的通知。请在浏览器的网站设置中允许通知，然后刷新页面。您仍会收到邮件。",
  "notices.push.unsupported": "此浏览器无法显示通知。在 iPhone 上，请先将钱包添加到主屏幕。",
  "notices.push.none": "此处暂不提供设备通知，您仍会收到邮件。",
};
