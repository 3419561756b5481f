// The page of a demo's messages: asks for them again and again and draws what is new.
const texts = {
  en: {
    brand: "Jinqiao",
    title: "Messages of this demo",
    wallet: "Wallet",
    language: "中文",
    lead: "A demo sends nothing. E-mails, SMS and notices to devices that would leave stand here, the newest first. An installation for real customers has no such page.",
    filter: "Only to this address or number",
    none: "No messages yet. They appear here by themselves.",
    lost: "The server does not answer. The page goes on asking.",
    count: (count) => (count === 1 ? "1 message" : `${count} messages`),
    email: "E-mail",
    sms: "SMS",
    push: "Device",
    copy: "Copy code",
    copied: "Copied",
    whole: "Whole message",
  },
  zh: {
    brand: "金桥",
    title: "演示系统的消息",
    wallet: "钱包",
    language: "English",
    lead: "演示系统不会真正发送消息。本应发出的邮件、短信和设备通知都显示在这里，最新的在最前。面向真实客户的系统没有此页面。",
    filter: "只看此邮箱或号码",
    none: "还没有消息，有消息时会自动显示。",
    lost: "服务器没有响应，页面会继续尝试。",
    count: (count) => `${count} 条消息`,
    email: "邮件",
    sms: "短信",
    push: "设备通知",
    copy: "复制验证码",
    copied: "已复制",
    whole: "消息全文",
  },
};
const languageKey = "jinqiao.language";
const list = document.getElementById("messages");
const state = document.getElementById("state");
const to = document.getElementById("to");
const drawn = new Map();
let language = remembered() ?? (navigator.language.startsWith("zh") ? "zh" : "en");
let failing = false;

function remembered() {
  try {
    const kept = localStorage.getItem(languageKey);
    return kept === "zh" || kept === "en" ? kept : undefined;
  } catch {
    return undefined;
  }
}

function translate() {
  const say = texts[language];
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = `${say.title} · ${say.brand}`;
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = say[element.dataset.text];
  const other = document.getElementById("language");
  other.textContent = say.language;
  other.lang = language === "zh" ? "en" : "zh-CN";
  clear();
}

function clear() {
  drawn.clear();
  list.replaceChildren();
}

function part(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** What is written in the addressee's language, whatever the page's. */
function told(message, element) {
  element.dataset.foreign = "";
  if (message.locale) element.lang = message.locale === "zh" ? "zh-CN" : "en";
  return element;
}

/** Everything is set as text: a name that looks like HTML stays a name. */
function draw(message) {
  const say = texts[language];
  const item = part("li");
  item.dataset.kind = message.kind;
  const facts = part("p", "facts");
  const time = part("time", "", new Date(message.at).toLocaleString(language === "zh" ? "zh-CN" : "en-GB"));
  time.dateTime = message.at;
  facts.append(
    part("span", "channel", say[message.channel]),
    told(message, part("span", "", message.to)),
    time,
  );
  item.append(facts);
  if (message.subject) item.append(told(message, part("h2", "", message.subject)));
  if (message.code) {
    const row = part("div", "code");
    const copy = part("button", "", say.copy);
    copy.type = "button";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(message.code);
      copy.textContent = say.copied;
    });
    row.append(part("output", "", message.code), copy);
    item.append(row);
  }
  // A message names pages of this very installation; anything else stays text.
  if (message.link?.startsWith(`${location.origin}/`)) {
    const link = told(message, part("a", "link", message.link));
    link.href = message.link;
    item.append(link);
  }
  const whole = part("details");
  whole.open = message.channel !== "email";
  whole.append(part("summary", "", say.whole), told(message, part("pre", "", message.text)));
  item.append(whole);
  return item;
}

function show(items) {
  const ids = new Set(items.map(({ id }) => id));
  for (const [id, element] of drawn)
    if (!ids.has(id)) {
      element.remove();
      drawn.delete(id);
    }
  for (const item of items.toReversed())
    if (!drawn.has(item.id)) {
      const element = draw(item);
      drawn.set(item.id, element);
      list.prepend(element);
    }
}

async function look() {
  const say = texts[language];
  const query = new URLSearchParams({ limit: "50" });
  if (to.value.trim()) query.set("to", to.value.trim());
  try {
    const answer = await fetch(`/v1/development/messages?${query}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { items } = await answer.json();
    show(items);
    failing = false;
    tell(items.length === 0 ? say.none : say.count(items.length));
  } catch {
    failing = true;
    tell(say.lost);
  }
}

/** Said once, so that a screen reader does not repeat it. */
function tell(text) {
  if (state.textContent !== text) state.textContent = text;
}

async function goOnLooking() {
  if (document.visibilityState === "visible") await look();
  setTimeout(goOnLooking, failing ? 5_000 : 1_500);
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  try {
    localStorage.setItem(languageKey, language);
  } catch {
    // Not remembered, then.
  }
  translate();
  void look();
});
to.addEventListener("input", () => {
  clear();
  void look();
});
translate();
void goOnLooking();
