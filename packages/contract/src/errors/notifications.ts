import { define } from "./define.ts";

/** Notices and the browsers they go to. */
export const notificationsErrors = define({
  "notifications.push_off": {
    status: 409,
    retryable: false,
    en: "Notices on this device are not offered here. You still get them by e-mail and in the wallet.",
    zh: "此处暂不提供设备推送。您仍会通过邮件和钱包内收到通知。",
    staff: "No Web Push sender is set up (JINQIAO_PUSH_CONTACT).",
  },
  "notifications.push_service_unknown": {
    status: 422,
    retryable: false,
    en: "We do not know the service that your browser receives notices from, so it was not switched on.",
    zh: "我们无法识别您的浏览器所用的推送服务，因此未开启推送。",
    staff: "The endpoint's host is not among JINQIAO_PUSH_HOSTS; requests are sent to known services only.",
  },
  "notifications.too_many_browsers": {
    status: 409,
    retryable: false,
    en: "Ten browsers receive your notices already. Switch one off first.",
    zh: "已有十个浏览器接收您的通知，请先关闭其中一个。",
    staff: "At most ten push subscriptions per customer.",
  },
});
